"""The order desk in the browser: pages drawn on the server, thin like /v1 and by the same commands.

What a form does is asked of /v1 within the process (inside.py), so that rules, roles and refusals are the same.
"""
