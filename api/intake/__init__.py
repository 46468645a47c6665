"""Bulk intake: a row of a file is a body of /v1, held to the same models and carried out by the same commands."""
