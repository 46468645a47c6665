"""One module per event: its facts, rules, effect, rulings, governing day, and how the clock fires it."""
