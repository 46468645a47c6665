"""A file of terms that are not in force: strictly parsed, and added to the loaded versions."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from lifecycle.terms.catalogue import CATALOGUES, Catalogue
from lifecycle.terms.editions import EDITIONS, Editions, parse_editions
from lifecycle.terms.notice_ends import MONTH_END, MONTH_END_RULE
from lifecycle.terms.version import Change, NoticeRule, Settings, Terms

LONGEST = 65_536  # characters of a file
_Text = Annotated[str, Field(max_length=200)]
_Yen = Annotated[int, Field(ge=0, le=10**9)]
_Amount = Annotated[int, Field(ge=0, le=10**6)]
_Months = Annotated[int, Field(ge=1, le=240)]


class BadTermsFile(ValueError):
    """The file contains no valid terms. wrong: each fault and its place."""

    def __init__(self, wrong: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{place}: {why}" if place else why for place, why in wrong))
        self.wrong = wrong


def _settings(raw: object) -> Settings:
    found = TypeAdapter(Settings).validate_python(raw, extra="forbid")
    if found.gb_per_tb < 1 or found.late_entry_reason_after_days < 0:
        raise ValueError("gb_per_tb and late_entry_reason_after_days may not be so small")
    return found


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    article: _Text = ""


class _Item(_Table):
    name_ja: _Text
    initial_fee_yen: _Yen
    monthly_fee_yen: _Yen
    included: dict[str, _Amount]
    overage_yen: dict[str, _Yen]


class _MinimumTerm(_Table):
    months: _Months


class _Option(_Table):
    name_ja: _Text = ""
    requires_item: _Text
    minimum_term_months: _Months


class _NoticePeriod(_Table):
    days: Annotated[int, Field(ge=0, le=3650)] = 0
    rule: NoticeRule = "later_of_days_or_chosen_day"
    same_month_until_day: Annotated[int, Field(ge=0, le=31)] = 0

    @model_validator(mode="after")
    def _days_or_month(self) -> Self:
        by_days = self.rule == "later_of_days_or_chosen_day"
        if by_days != ("days" in self.model_fields_set) or (by_days and self.same_month_until_day):
            raise ValueError(
                "days go with the rule later_of_days_or_chosen_day, same_month_until_day with the other"
            )
        return self


class _CreditValues(_Table):
    unit_hours: Annotated[int, Field(ge=1, le=8784)]
    fee_divisor: Annotated[int, Field(ge=1, le=366)]
    claim_months: _Months


class _Head(_Table):
    in_force_from: Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
    assumed: bool = False
    announced_on: date | None = None
    change: Change = "other"


class _Meter(_Table):
    included: _Text
    price: _Text
    factor: Annotated[int, Field(ge=1)] | None = None
    unit: _Text


class _TermsFile(_Head):
    items: dict[str, _Item]
    minimum_term: _MinimumTerm
    options: Annotated[dict[str, _Option], Field(min_length=1, max_length=1)]
    notice: _NoticePeriod
    credit: _CreditValues
    meters: dict[str, _Meter] = Field(default_factory=dict)
    settings: Annotated[Settings, BeforeValidator(_settings)]


class _BorrowingFile(_Head):
    values_from: date


def read_terms(text: str, editions: Editions = EDITIONS) -> Terms:
    """The version in a file. Raises BadTermsFile."""
    raw, head = _checked(text)
    if isinstance(head, _BorrowingFile):
        return _borrowed(head, editions)
    (terms,) = parse_editions([text], editions.service)
    if wrong := [*_lacking(raw, editions)]:
        raise BadTermsFile(wrong)
    return terms


def check_whole(text: str, catalogue: Catalogue) -> None:
    """Raises BadTermsFile for an incomplete file of a service, or a notice rule without words."""
    raw, _ = _checked(text)
    if wrong := [*_wordless(raw, catalogue)]:
        raise BadTermsFile(wrong)


def put_beside(terms: Terms, editions: Editions = EDITIONS) -> Editions:
    """The loaded versions with this one, which replaces the one with the same first day."""
    others = (one for one in editions if one.in_force_from != terms.in_force_from)
    recorded = {name: on for name, on in editions.announced.items() if name != terms.version}
    return Editions([*others, terms], announced=recorded, ranges=editions.ranges)


def first_and_last(terms: Terms, editions: Editions) -> tuple[date, date]:
    """The first and last day on which a version governs, among others."""
    later = [one.in_force_from for one in editions if one.in_force_from > terms.in_force_from]
    return terms.in_force_from, date.fromordinal(min(later).toordinal() - 1) if later else date.max


def _borrowed(head: _BorrowingFile, editions: Editions) -> Terms:
    for one in editions:
        if one.in_force_from == head.values_from:
            return replace(
                one, in_force_from=head.in_force_from, assumed=head.assumed, announced_on=head.announced_on,
                change=head.change,
            )  # fmt: skip
    raise BadTermsFile([("values_from", "no version starts on that day")])


def _lacking(raw: Mapping[str, Any], editions: Editions) -> list[tuple[str, str]]:
    """Items of existing contracts, and their included amounts, that the file lacks."""
    newest = [*editions][-1]
    wrong = []
    for name, item in newest.items.items():
        if name not in raw["items"]:
            wrong.append((f"items.{name}", "contracts have this item; it may not be left out"))
            continue
        for part in ("included", "overage_yen"):
            lacks = sorted(getattr(item, part).keys() - raw["items"][name][part].keys())
            wrong += [(f"items.{name}.{part}.{one}", "Field required") for one in lacks]
    lacks = sorted(newest.meters.keys() - raw.get("meters", newest.meters).keys())
    wrong += [(f"meters.{one}", "Field required") for one in lacks]
    if newest.option_kind not in raw["options"]:
        wrong.append((f"options.{newest.option_kind}", "Field required"))
    return [*wrong, *_wordless(raw, CATALOGUES[editions.service])]


def _wordless(raw: Mapping[str, Any], catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    if raw.get("notice", {}).get("rule") == MONTH_END and (MONTH_END_RULE, "") not in catalogue:
        yield "notice.rule", f"the catalogue of the service has no rule {MONTH_END_RULE}"
    for kind, option in raw.get("options", {}).items():
        if option["requires_item"] not in raw["items"]:
            yield f"options.{kind}.requires_item", "is none of the items"
    for name, meter in raw.get("meters", {}).items():
        for place, part in (("included", "included"), ("price", "overage_yen")):
            if lacking := [item for item, values in raw["items"].items() if meter[place] not in values[part]]:
                yield f"meters.{name}.{place}", f"{', '.join(lacking)} has no {part}.{meter[place]}"


def _checked(text: str) -> tuple[Mapping[str, Any], _Head]:
    """The checked content of a file. Raises BadTermsFile."""
    if len(text) > LONGEST:
        raise BadTermsFile([("", f"longer than {LONGEST:,} characters")])
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadTermsFile([("", f"not TOML: {error}")]) from None
    model: type[_Head] = _BorrowingFile if "values_from" in raw else _TermsFile
    try:
        return raw, model.model_validate(raw)
    except ValidationError as error:
        raise BadTermsFile([(".".join(map(str, one["loc"])), one["msg"]) for one in error.errors()]) from None
