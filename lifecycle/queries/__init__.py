"""Questions and their answers: views, the past, what-if, statements, the forecast. Read only."""
