"""What people do: one function per command, in the caller's transaction."""
