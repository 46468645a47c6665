"""The sweep and its waker: every timer fires once, in order, never early; no failure stops it."""
