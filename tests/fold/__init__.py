"""Entries in any order give the same result: random contracts compared with the oracle (R16, R35 to R37)."""
