"""The demo's stories: their days against absolute dates and the oracle, and the command from end to end."""
