"""The only writer of state: subjects, history rows and the queue for the log, in one transaction."""
