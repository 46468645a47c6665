"""Injected faults: nothing is lost, doubled or early, and work continues. `make soak` runs for long."""
