"""The contract lifecycle of a video delivery service, as its terms of service define it."""

__version__ = "0.1.0"
