"""What the figures were measured on, without saying where."""

import os
import platform
import sqlite3
from pathlib import Path

import psycopg
import sqlalchemy


def machine() -> str:
    """One line: processor, cores, load, Python and the databases' drivers."""
    load = os.getloadavg()[0]
    return (
        f"{_processor()}, {os.cpu_count()} cores, load {load:.1f}; Python {platform.python_version()}, "
        f"SQLAlchemy {sqlalchemy.__version__}, SQLite {sqlite3.sqlite_version}, psycopg {psycopg.__version__}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
