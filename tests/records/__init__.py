"""What is kept: migrations, triggers, transactions, and facts that come back as they went."""
