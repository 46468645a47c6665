"""Middleware of every request: limits, context, its one transaction, log and metrics."""
