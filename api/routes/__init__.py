"""The routes of /v1 and of the health checks: a module per subject."""
