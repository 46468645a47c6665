"""What may happen: one diagram per kind of thing, its facts, and the pure step from one to the next. No I/O."""
