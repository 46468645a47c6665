"""HTTP: /v1 and the pages. Thin: parse, call a command, show the answer.

app.py puts it together, serving.py runs it. A request passes request/, is let in by access/ and takes its route in
routes/ or pages/; shapes/ says what goes in and out, intake/ reads files, papers/ writes them.
"""
