"""Mail: papers on their way to customers, and what became of them."""
