"""Timed transitions: sweeps in batches, due timers, parked timers, the fuse."""
