"""The order desk in the browser: pages rendered on the server, a thin layer like /v1 with the same commands.

A form executes the operation of /v1 within the process, so that rules, roles and refusals are the same.
"""
