"""What the interface answers; tests hold real answers against these models."""
