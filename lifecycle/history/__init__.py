"""The only writer of state: subjects, history rows and the queue to the log, in one transaction."""
