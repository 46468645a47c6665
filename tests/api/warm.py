"""The common preparation of every command, done once in the process from which commands are forked."""

import gc
import importlib
from functools import cache

import typer

from lifecycle.cli import app

LATE = (  # what a server imports when it starts
    "alembic.command", "alembic.context", "httpcore2", "mako.template", "truststore", "uvicorn.lifespan.on",
    "uvicorn.logging", "uvicorn.loops.auto", "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto",
)  # fmt: skip

for module in LATE:
    importlib.import_module(module)
typer.main.get_command = cache(typer.main.get_command)
typer.main.get_command(app)
gc.collect()
gc.freeze()  # what a server then collects is its own
