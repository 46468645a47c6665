"""Access control: tokens, OpenID Connect users, roles, four eyes."""
