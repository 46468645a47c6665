"""Who may come in, and may do what: tokens, people by OpenID Connect, roles, four eyes."""
