"""Many contracts, made fast: a thousand real ones as patterns, the rest differ in their ids only."""

from datetime import date

ARRIVED = date(2026, 1, 10)
OVER = date(2026, 2, 10)  # the first day after the contracts' end
PATTERNS = 1000
