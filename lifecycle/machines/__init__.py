"""The lifecycles: one diagram per kind of subject, its facts, and the pure step from one state to the next. No
I/O.
"""
