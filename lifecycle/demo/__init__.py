"""`lifecycle demo`: sample contracts, simulated for fifteen months with the usual commands."""
