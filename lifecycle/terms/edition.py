"""An edition: one version of the terms as the service applies it, canonical and hashed.

Its binding part determines days and amounts: values, settings, and the basis of each reading. Its texts are the
articles, readings and sentences of rules. Comments and the order of a file are in neither.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from functools import cache
from typing import Any

import orjson

from lifecycle.terms.catalogue import WORDS_TEXT
from lifecycle.terms.default_service import DEFAULT_SERVICE, RULE_TEXTS, TEXTS
from lifecycle.terms.editions import SERVICES
from lifecycle.terms.readings import READINGS
from lifecycle.terms.version import UNSAID, Terms, meters_of

EDITION = "t_"  # prefix of edition ids
Content = Mapping[str, Any]


@cache
def content_of(terms: Terms) -> Content:
    """The content of an edition: `service`, `version`, `binding`, `texts`. Days are ISO text, amounts whole
    yen.
    """
    return {
        "service": terms.service,
        "version": terms.version,
        "binding": {
            "assumed": terms.assumed,
            "announced_on": terms.announced_on.isoformat() if terms.announced_on else None,
            "change": terms.change,
            "items": {name: _plain(asdict(item)) for name, item in terms.items.items()},
            "option_item": terms.option_item,
            "minimum_term_months": terms.minimum_term_months,
            "option_minimum_term_months": terms.option_minimum_term_months,
            "notice_days": terms.notice_days,
            "credit": _plain(terms.credit),
            "settings": asdict(terms.settings),
            **_unusual(terms),
            "readings": {number: reading.basis for number, reading in READINGS.items()},
        },
        "texts": {
            "readings": {number: _plain(asdict(reading)) for number, reading in READINGS.items()},
            **texts_of(terms.service),
        },
    }


def texts_of(service: str) -> Content:
    """The articles, rules and words of a service, and its lists of domains and certificates, if any."""
    own = {"articles": ARTICLES, "rules": RULES, "words": WORDS}
    texts = own if service == DEFAULT_SERVICE else OTHER_TEXTS[service]
    lists = [one.stored() for one in SERVICES[service].ranges] if service in SERVICES else []
    return {**texts, "ranges": lists} if lists else texts


def _unusual(terms: Terms) -> dict[str, Any]:
    """The values that editions record only if they differ from the default."""
    found = {name: getattr(terms, name) for name in UNSAID}
    usual = {**UNSAID, "meters": meters_of(UNSAID["meters"])}
    return {name: _as_json(value) for name, value in found.items() if value != usual[name]}


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: asdict(meter) for name, meter in value.items()}
    return value


def hash_of(content: Content) -> str:
    """SHA-256 of the canonical JSON (RFC 8785) of an edition's content, in hexadecimal."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


@cache
def edition_of(terms: Terms) -> str:
    """The edition's hash, which the history rows of rulings under these terms contain."""
    return hash_of(content_of(terms))


def edition_id(version: str, service: str = DEFAULT_SERVICE) -> str:
    """The id of the record of this edition."""
    return f"{EDITION}{service}_{version}"


def differences(recorded: Any, loaded: Any, path: str = "") -> Iterator[str]:
    """Each value that differs, in words: `notice_days is 60, on record 30`."""
    if isinstance(recorded, dict) and isinstance(loaded, dict):
        for name in sorted(recorded.keys() | loaded.keys()):
            yield from differences(recorded.get(name), loaded.get(name), f"{path}.{name}" if path else name)
    elif recorded != loaded:
        yield f"{path} is {_said(loaded)}, on record {_said(recorded)}"


def _said(value: Any) -> str:
    return "absent" if value is None else orjson.dumps(value).decode()


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _plain(value) if isinstance(value, Mapping)
        else value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }  # fmt: skip


def articles_of(file: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a file of articles, by article."""
    return {one["article"]: _plain(one) for one in file["articles"]}


WORDS: Content = tomllib.loads(WORDS_TEXT)
ARTICLES: Content = articles_of(tomllib.loads(TEXTS["articles.toml"]))
RULES: Content = {rule: said for text in RULE_TEXTS for rule, said in tomllib.loads(text).items()}
OTHER_TEXTS: dict[
    str, Content
] = {}  # by service, of those that are loaded beside the one that comes with the program
