"""The journal of a month's issued statements, for accounting software."""

from pathlib import Path
from typing import Any

import pytest

from lifecycle.queries.journal import BadMapping, entries, read_mapping
from lifecycle.terms.calendar import Month
from tests.docs.pages import ROOT

EXAMPLES = ROOT / "docs" / "examples"
MAY = Month(2022, 5)


def statement(*lines: tuple[str, int | None], issued: bool = True) -> dict[str, Any]:
    return {
        "contract_id": "c_1", "reference": "OD-1", "issued_at": "2022-06-01T09:00:00+09:00" if issued else None,
        "lines": [{"kind": kind, "amount_yen": yen} for kind, yen in lines],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["journal-freee.toml", "journal-yayoi.toml"])
def test_an_entry_is_balanced_and_a_credit_is_the_other_way_round(name: str) -> None:
    mapping = read_mapping(EXAMPLES / name)
    heads = [heading for heading, _ in mapping.columns]
    found = statement(("monthly_base_fee", 100_000), ("outage_credit", -3_333), ("one_off_fee", None))
    fee, credit = (dict(zip(heads, row, strict=True)) for row in entries([found], MAY, mapping))
    assert fee["借方勘定科目"] == credit["貸方勘定科目"] == "売掛金"
    assert fee["貸方勘定科目"] == credit["借方勘定科目"] == "売上高"
    assert (fee["借方金額"], fee["貸方金額"], credit["借方金額"]) == ("100000", "100000", "3333")
    assert "2022" in fee.get("日付", fee.get("取引日付", "")) and "OD-1" in fee["摘要"]


def test_the_yayoi_form_has_its_25_columns() -> None:
    assert len(read_mapping(EXAMPLES / "journal-yayoi.toml").columns) == 25


def test_the_journal_contains_issued_statements_alone() -> None:
    mapping = read_mapping(EXAMPLES / "journal-freee.toml")
    assert list(entries([statement(("monthly_base_fee", 1), issued=False)], MAY, mapping)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns = 3", "TypeError"), ("accounts = {}", "columns"), ("x = [", "TOML"),
        ('columns = [{heading = "a", value = "{customer}"}]\n[accounts.others]', "{customer} is not known"),
        ('columns = [{heading = "a", value = "{amount_yen.x}"}]\n[accounts.others]', "is not known"),
        ('columns = [{heading = "a", value = "{"}]\n[accounts.others]', "a: "),
        ("columns = []\n[accounts.others]\nsoll = 1", "soll is not known"),
        ('encoding = "klingon"\ncolumns = []\n[accounts.others]', "klingon"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused_with_the_reason(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text(text)
    with pytest.raises(BadMapping, match=said):
        read_mapping(file)


def test_a_kind_without_accounts_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text('columns = []\n[accounts.monthly_base_fee]\ndebit = "1"')
    with pytest.raises(BadMapping, match="one_off_fee is missing"):
        list(entries([statement(("one_off_fee", 5))], MAY, read_mapping(file)))
