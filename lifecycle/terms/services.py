"""A service is a folder with its dated values, articles, rules and words, read once when the process starts.

The folder contains what differs from the service that comes with the program. Other rules come from that service,
with articles from `[cites]` in service.toml and names from `[says]`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lifecycle.terms.catalogue import CATALOGUES, FaultyCatalogue, catalogue_of
from lifecycle.terms.default_service import DEFAULT_SERVICE, RULE_TEXTS, TEXTS
from lifecycle.terms.edition import OTHER_TEXTS, WORDS, articles_of, texts_of
from lifecycle.terms.editions import EDITIONS, SERVICES, Editions, item_names, option_kinds, parse_editions
from lifecycle.terms.formats import LANGUAGES, several
from lifecycle.terms.ranges import FILE as RANGES
from lifecycle.terms.ranges import RangeList, parse_ranges
from lifecycle.terms.terms_file import BadTermsFile, check_whole

PAGE_WORDS: dict[str, tuple[str, str]] = {}  # page texts for items, options and services: Japanese, English
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}\.toml")
_PLACES: dict[str, str] = {}
_GROUNDS = ("article", "reading", "basis")


class FaultyService(ValueError):
    """The folder is invalid; the text names the fault and its place."""


@dataclass(frozen=True, slots=True)
class _Folder:
    """The parsed files of a folder."""

    head: Mapping[str, Any]
    words: Mapping[str, Any]
    rules: Mapping[str, Any]
    articles: Mapping[str, Any]
    versions: tuple[str, ...]
    ranges: tuple[RangeList, ...]


def load_service(place: str, files: Mapping[str, str]) -> Editions:
    """Load the service of a folder, once. Raises FaultyService; then nothing is loaded.

    place: the folder's name in messages. files: their texts by name.
    """
    if (loaded := _PLACES.get(place)) in SERVICES:
        return SERVICES[str(loaded)]
    try:
        folder = _read(place, files)
        name = folder.head["name"]
        if not _NAME.fullmatch(name) or name in SERVICES:
            raise FaultyService(f"the name {name} is taken or is no name: small letters, digits and _")
        words = _over(WORDS, folder.words)
        rules = _inherited(folder.head) | dict(folder.rules)
        editions = parse_editions(folder.versions, name, folder.ranges)
        catalogue = catalogue_of(words, [rules])
        for text in folder.versions:
            check_whole(text, catalogue)
        _refuse_taken_names(editions)
        said = dict(_page_words(folder.head, folder.words["words"], editions))
    except KeyError as error:
        raise FaultyService(f"{place}: {error} is missing") from None
    except (FaultyCatalogue, BadTermsFile, ValueError) as error:
        raise FaultyService(f"{place}: {error}") from None
    SERVICES[name], CATALOGUES[name] = editions, catalogue
    OTHER_TEXTS[name] = {"articles": folder.articles, "rules": rules, "words": words}
    PAGE_WORDS.update(said)
    _PLACES[place] = name
    return editions


def unload_service(name: str) -> None:
    """Unload a service other than the one that comes with the program."""
    assert name != DEFAULT_SERVICE
    del SERVICES[name], CATALOGUES[name], OTHER_TEXTS[name]


def _read(place: str, files: Mapping[str, str]) -> _Folder:
    dated = sorted(name for name in files if _DATED.fullmatch(name))
    if not dated:
        raise FaultyService("holds no version of the terms, such as 2024-04-01.toml")
    parsed = {name: _toml(name, text) for name, text in files.items()}
    rules: dict[str, Any] = {}
    for name in sorted(name for name in files if name.startswith("rules/")):
        rules |= parsed[name]
    return _Folder(
        parsed["service.toml"], parsed["words.toml"], rules, articles_of(parsed["articles.toml"]),
        tuple(files[name] for name in dated), parse_ranges(files.get(RANGES, "")),
    )  # fmt: skip


def item_said(text: str) -> str | None:
    """The item of this id or name in either language; None for no item."""
    return _item_said(text.casefold(), tuple(SERVICES.values()))


@lru_cache(maxsize=256)
def _item_said(plain: str, loaded: tuple[Editions, ...]) -> str | None:
    for editions in loaded:
        words = texts_of(editions.service)["words"]["words"]["item"]
        for name in item_names(editions.service):
            if plain in (name, *(said.casefold() for said in words[name].values())):
                return name
    return None


def service_said(text: str) -> str | None:
    """The loaded service of this id or title in either language; None for none."""
    plain = text.casefold()
    said = {name: (name, *map(str.casefold, PAGE_WORDS[f"service.{name}"])) for name in SERVICES}
    return next((name for name, names in said.items() if plain in names), None)


def _toml(name: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaultyService(f"{name}: {error}") from None


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Merge nested tables; own values take precedence over those of the base."""
    return {
        name: _over(base[name], own[name])
        if isinstance(base.get(name), dict) and isinstance(own.get(name), dict)
        else own.get(name, base.get(name))
        for name in {**base, **own}
    }


def _inherited(head: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of the service that comes with the program, with the articles and names of another one.

    Raises FaultyService if a sentence still contains one of its names.
    """
    cites, says = head.get("cites", {}), head.get("says", {})
    tables = {rule: table for text in RULE_TEXTS for rule, table in tomllib.loads(text).items()}
    found = {rule: _as_own(table, cites, says) for rule, table in tables.items()}
    left = sorted(name for name in _names_there() if any(name in said for said in _sentences(found)))
    if left:
        raise FaultyService(f"[says] in service.toml lacks words for {', '.join(left)}")
    return found


def _names_there() -> set[str]:
    """The names of the items and the option of the service that comes with the program, as sentences use them."""
    items = WORDS["words"]["item"].values()
    return {name for said in items for name in said.values()} | {k.upper() for k in option_kinds(DEFAULT_SERVICE)}


def _sentences(tables: Mapping[str, Any]) -> Iterator[str]:
    for name, value in tables.items():
        if isinstance(value, dict):
            yield from _sentences(value)
        elif name in LANGUAGES:
            yield value


def _as_own(table: Mapping[str, Any], cites: Mapping[str, str], says: Mapping[str, str]) -> dict[str, Any]:
    found = dict(table)
    for name, value in table.items():
        if name == "article":
            several = isinstance(value, dict)
            found[name] = {k: _cited(v, cites) for k, v in value.items()} if several else _cited(value, cites)
        elif name in LANGUAGES:
            for theirs, own in says.items():
                found[name] = found[name].replace(theirs, own)
        elif name not in _GROUNDS and isinstance(value, dict):
            found[name] = _as_own(value, cites, says)
    return found


def _cited(article: str, cites: Mapping[str, str]) -> str:
    """One or several articles in the numbering of another service; articles it does not list are unchanged."""
    parts = article.split(", ")
    return ", ".join(dict.fromkeys(cites.get(part) or cites.get(part.partition("(")[0], part) for part in parts))


def _refuse_taken_names(editions: Editions) -> None:
    """Refuse names of items and options that another service uses: they must be unique in lists, files and
    words.
    """
    items = {name for terms in editions for name in terms.items}
    options = {terms.option_kind for terms in editions}
    if taken := sorted((items & {*item_names()}) | (options & {*option_kinds()})):
        raise FaultyService(f"another service has an item or an option named {', '.join(taken)}")


def _page_words(
    head: Mapping[str, Any], words: Mapping[str, Mapping[str, Any]], editions: Editions
) -> Iterator[tuple[str, tuple[str, str]]]:
    """The page texts for each name of the service, by key."""
    name, title = head["name"], head["title"]
    for group in ("choice", "service"):
        yield f"{group}.{name}", (title["ja"], title["en"])
    for group in ("item", "option"):
        for name, said in words[group].items():
            for place in ("choice", group):
                yield f"{place}.{name}", (said["ja"], said["en"])
    for name, said in words.get("amount", {}).items():
        yield f"terms.{name}", (said["ja"], said["en"])
    units, charges = words.get("unit", {}), words.get("overage", {})
    for meter, unit in {name: meter.unit for terms in editions for name, meter in terms.meters.items()}.items():
        said = words["meter"][meter]
        unit_said = units.get(unit, dict.fromkeys(LANGUAGES, unit))
        japanese, english = f"{said['ja']}（{unit_said['ja']}）", f"{said['en']} ({several(unit_said['en'])})"
        yield f"field.meters.{meter}", (japanese, english[:1].upper() + english[1:])
        charge = charges.get(meter, {"ja": f"{said['ja']}超過料", "en": f"{said['en'].capitalize()} overage"})
        yield f"charge.overage_{meter}", (charge["ja"], charge["en"])


PAGE_WORDS.update(_page_words(tomllib.loads(TEXTS["service.toml"]), WORDS["words"], EDITIONS))
