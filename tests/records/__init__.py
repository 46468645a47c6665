"""Storage: migrations, triggers, transactions, and facts that round-trip."""
