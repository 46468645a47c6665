"""The desk's commands on both databases: what they write, what they refuse, and that it is all or nothing."""
