"""The texts of pages and documents in Japanese and English, and the formats of values."""
