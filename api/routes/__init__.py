"""The routes of /v1, and those that tell how the process is doing: a module per subject."""
