"""The audit trail: sealed, exported, verified, tampered with."""
