"""Bulk input: files whose rows are bodies of /v1, and batched applications.

Both use the models and commands of /v1.
"""
