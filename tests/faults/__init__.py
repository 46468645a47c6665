"""What breaks, broken on purpose: nothing is lost, doubled or early, and work goes on. `make soak` runs long."""
