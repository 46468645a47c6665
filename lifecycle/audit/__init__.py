"""What can be proved afterwards: hashing, the log, what was believed when."""
