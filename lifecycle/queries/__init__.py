"""Queries: views, the past, what-if, statements, the forecast. Read only."""
