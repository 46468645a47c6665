"""Papers for customers: confirmations and monthly statements, as printable HTML and as PDF."""
