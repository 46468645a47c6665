"""What pages and documents say, in Japanese and English, and how values look in them."""
