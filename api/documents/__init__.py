"""Papers for the customer: confirmations and monthly statements, as HTML to print and as PDF."""
