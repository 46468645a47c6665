"""What people and the clock do: one function per command. The only writer of state."""
