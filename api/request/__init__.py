"""What every request passes through: limits, context, its one transaction, its place in log and metrics."""
