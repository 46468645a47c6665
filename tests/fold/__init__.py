"""The same entries in any order give the same result: random contracts beside the oracle (R16, R35 to R37)."""
