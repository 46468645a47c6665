"""HTTP: /v1. Thin: parse, call a command, show the answer."""
