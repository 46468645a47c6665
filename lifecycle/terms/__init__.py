"""What the terms say: dated values, the civil calendar, one rule per article.

Pure: no clock, and no I/O beyond reading the packaged files once at import.
"""
