"""The audit: hashing, the log, checkpoints, exports, and what was known at a past moment."""
