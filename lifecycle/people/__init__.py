"""Who may sign in: access tokens and sessions."""
