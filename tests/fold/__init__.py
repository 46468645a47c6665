"""The same facts in any order give the same book: random lives beside the oracle (R16, R35 to R37)."""
