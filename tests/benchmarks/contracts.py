"""Many contracts, made fast: a thousand real ones as patterns, the rest differ in their ids only."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from hashlib import sha256
from itertools import batched
from typing import Any

from sqlalchemy import Engine, insert

from lifecycle.machines.facts import Contract, Dossier
from lifecycle.records import tables
from lifecycle.records.engine import writing
from lifecycle.records.mapping import columns_of
from tests.scheduler.books import DAY, Story

ARRIVED = date(2026, 1, 10)
OVER = date(2026, 2, 10)  # the first day after the contracts' end
PATTERNS = 1000
