"""Bulk input: files, each row of which is a body of /v1, and applications, which are batched.

Both are held to the models of /v1 and carried out by the same commands.
"""
