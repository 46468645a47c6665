"""The interface as its users meet it: over HTTP, on both databases, every answer held against the document."""
