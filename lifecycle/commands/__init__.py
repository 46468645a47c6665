"""The commands of people: one function per command, in the caller's transaction."""
