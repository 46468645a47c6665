"""Every name that a page can show has a word in both languages."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from api.messages.catalogue import MESSAGES, translate_detail
from api.pages import layout
from api.pages.correction_fields import correctable, has_form
from api.pages.fields import fields_of
from api.pages.form_table import FORMS
from api.pages.preview import VIEWS
from api.problems import SAID
from lifecycle.machines.events.notify_cancellation import NotifyCancellationBody
from lifecycle.machines.step import RANKS
from lifecycle.machines.table import EVENTS, MACHINES, OPENINGS
from lifecycle.queries.views.fields import previewed
from lifecycle.queries.waiting_kinds import KINDS
from lifecycle.terms.default_service import RULE_TEXTS
from lifecycle.terms.services import PAGE_WORDS
from lifecycle.terms.version import Settings

SETTINGS = get_type_hints(Settings)
KNOWN = {*MESSAGES, *PAGE_WORDS}  # those of items and options come from the folder of their service
TEMPLATES = Path(layout.__file__).with_name("templates")
# what no form can send
NEVER = {"extra_forbidden", "json_invalid", "list_type", "too_long", "too_short", "string_type", "string_unicode",
         "bool_type", "bool_parsing"}  # fmt: skip


def test_every_word_is_there_in_both_languages() -> None:
    assert all(japanese and english for japanese, english in MESSAGES.values())


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_form_and_field_has_its_words(form: Any) -> None:
    needed = {f"form.{form.name}", f"thing.{form.kind}"}
    for one in form.fields:
        if one.kind != "fixed":
            needed.add(f"field.{one.label}")
        if one.group:
            needed.add(f"group.{one.group}")
        if one.kind in ("choice", "maybe"):
            needed |= {f"choice.{choice}" for choice in one.choices}
    assert needed <= KNOWN


def test_every_fact_that_can_be_corrected_has_its_word() -> None:
    events = [(kind, event) for kind, found in EVENTS.items() for event in (*found.values(), OPENINGS[kind])]
    fields = [one for kind, event in events if has_form(kind, event.name) for one in correctable(kind, event)]
    assert len(fields) > 30
    assert {f"field.{one.label}" for one in fields} <= set(MESSAGES)


def test_every_setting_of_the_terms_and_each_of_its_values_has_its_words() -> None:
    needed = {f"setting.{name}" for name in SETTINGS}
    needed |= {f"setting.{name}_{value}" for name, type_ in SETTINGS.items() for value in get_args(type_)}
    needed |= {
        f"setting.{name}_{value}"
        for name, type_ in SETTINGS.items()
        if type_ is bool
        for value in ("true", "false")
    }
    assert needed <= set(MESSAGES)


def test_every_state_event_and_line_has_its_word() -> None:
    states = {f"state.{state.id}" for machine in MACHINES.values() for state in machine.states}
    events = {f"event.{event}" for events in EVENTS.values() for event in events} | {
        f"event.{e}" for _, e in RANKS
    }
    assert states | events <= set(MESSAGES)
    lines = {line for view in VIEWS.values() for line in previewed(view)}
    assert {name for name in lines if f"line.{name}" not in MESSAGES and f"field.{name}" not in MESSAGES} == set()
    assert {f"today.{what}" for what in KINDS} <= set(MESSAGES)


@pytest.mark.parametrize("group", ["state", "item"])
def test_rulings_name_a_state_and_an_item_as_the_pages_do(group: str) -> None:
    words = files("lifecycle.terms").joinpath("media_sphere", "words.toml").read_text("utf-8")
    for name, said in tomllib.loads(words)["words"][group].items():
        japanese, english = (MESSAGES | PAGE_WORDS)[f"{group}.{name}"]
        assert (japanese, english.lower()) == (said["ja"], said["en"].lower())


def test_every_word_of_a_template_is_there() -> None:
    for template in TEMPLATES.glob("*.html"):
        named = re.findall(r"""\bsay\("([\w.-]+)"[,)]""", template.read_text("utf-8"))
        assert {name for name in named if name not in MESSAGES} == set(), template.name


def test_every_sentence_about_a_value_is_known_in_japanese() -> None:
    for kind, sentence in SAID.items():
        if kind not in NEVER:
            assert translate_detail("ja", re.sub(r"[{}]", "", sentence)) != re.sub(r"[{}]", "", sentence)
    assert translate_detail("ja", "is longer than 200 characters") == "200文字以内で入力してください。"
    assert translate_detail("en", "contains a sign that cannot be kept: U+0000").endswith("U+0000")
    assert translate_detail("ja", "something else") == "something else"


def test_the_fields_are_those_of_the_interface() -> None:
    found = {one.name: one for one in fields_of(NotifyCancellationBody)}
    assert list(found) == ["arrived_on", "chosen_on", "in_form", "form.kind", "form.number", "channel", "reason"]
    assert found["arrived_on"].at == "arrived_at" and found["chosen_on"].at is None


def test_pages_and_documents_are_polite_and_rulings_are_not() -> None:
    # です・ます on pages and papers, である in the sentences of rulings: never both in one of them
    plain = re.compile(r"(である|(?<!で)(?<!ま)した|ない|(?<!ま)(?<!で)す|[うくつぬむぐぶる])。")
    polite = re.compile(r"(です|ます|ません|ました|ください)(。|$)")
    for key, (japanese, *_) in MESSAGES.items():
        assert not plain.search(japanese), key
    for text in RULE_TEXTS:
        for line in text.splitlines():
            assert not (line.startswith("ja = ") and polite.search(line.rstrip('"'))), line
