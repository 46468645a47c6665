"""Checks of a live database against itself: every column, date and amount must follow from the history."""
