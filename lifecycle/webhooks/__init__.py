"""Webhooks: who is told of transitions, what is sent next, and what came of it."""
