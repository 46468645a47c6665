"""Hostile input to a real server: generated from the document, and raw bytes that no client would send."""
