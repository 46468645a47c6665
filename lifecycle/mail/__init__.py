"""Mail: documents sent to customers, and the result of each message."""
