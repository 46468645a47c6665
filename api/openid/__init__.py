"""Sign-in with an organisation's account by OpenID Connect."""
