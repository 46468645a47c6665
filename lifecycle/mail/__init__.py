"""Mail: papers sent to customers, and the result of each message."""
