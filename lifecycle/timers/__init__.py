"""What the clock does: sweeps in batches, what is due, what is parked, the fuse."""
