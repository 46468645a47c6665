"""People: access tokens, sessions, their settings, and the record of their reads."""
