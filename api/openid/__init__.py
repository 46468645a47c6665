"""People who sign in with an organisation's account, by OpenID Connect."""
