"""The commands on both databases: what they write, what they refuse, and that they are atomic."""
