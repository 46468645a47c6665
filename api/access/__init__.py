"""Access: tokens, people by OpenID Connect, roles, four eyes."""
