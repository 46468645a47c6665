"""The API as its users see it: over HTTP, on both databases, every answer checked against the document."""
