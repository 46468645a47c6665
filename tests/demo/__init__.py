"""The stories of the demo: their days against absolute dates and the oracle, and the command end to end."""
