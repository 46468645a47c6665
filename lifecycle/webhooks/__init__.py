"""Webhooks: receivers, messages to send, delivery results."""
