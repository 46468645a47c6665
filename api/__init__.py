"""HTTP: /v1 and the pages.

A thin layer: parse, call a command, format the answer. app.py assembles the application, serving.py runs it. A
request passes request/, is authorized by access/ and reaches its route in routes/ or pages/. schemas/ has the
models of requests and answers, imports/ reads files, documents/ writes papers.
"""
