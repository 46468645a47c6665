"""The sweep and its alarm: everything due fires once, in order, never early; whatever fails does not stop it."""
