"""What comes in by the many: files, each row of which is a body of /v1, and applications, received in lots.

Both are held to the models of /v1 and carried out by the same commands.
"""
