"""Documents about money: statements as computed or issued, adjustments, answers to claims."""

from datetime import date
from typing import Any

import pytest

from tests.api.desk import Desk, Json, path_of
from tests.api.parts import claim, credits_of, entered, outage, use
from tests.documents.contents import paper, reasons, values
from tests.right.test_billed_elsewhere_corrected import taken_over


@pytest.fixture
def billed(desk: Desk) -> Json:
    """Basic, billed from 1 March 2022; it is 22 April."""
    return entered(desk, "2022-03-01", customer={"name": "学校法人髙橋学園"})


def amounts(found: Any) -> list[tuple[str, str]]:
    return [(line.label, line.value) for section in found.sections if section.amounts for line in section.lines]


def test_the_title_of_a_statement_shows_that_it_is_preliminary_or_not_issued(desk: Desk, billed: Json) -> None:
    running, over = (paper(desk, billed, f"statement-{month}") for month in ("2022-04", "2022-03"))
    assert (running.title, over.title) == ("ご利用明細書（速報）", "ご利用明細書（発行前）")
    assert running.to == "学校法人髙橋学園 御中" and running.opening.startswith("2022年4月分のご利用料金を")
    assert amounts(over) == [
        ("初期費用", "80,000円（税抜）"), ("月額基本料", "100,000円（税抜）"), ("合計", "180,000円（税抜）"),
    ]  # fmt: skip
    assert paper(desk, billed, "statement-2022-05").title == "ご利用明細書（見込み）"
    english = paper(desk, billed, "statement-2022-04", "en")
    assert (english.title, english.opening) == (
        "Statement (preliminary)", "The charges for April 2022 are as follows.",
    )  # fmt: skip


def test_an_issued_statement_is_shown_as_it_was_sent_whatever_is_learned_later(desk: Desk, billed: Json) -> None:
    desk.post(f"{path_of(billed)}/statements/2022-03/issue", {})
    desk.move_to("2022-05-06")
    use(desk, billed, "2022-03", transcode_hours="120.5", storage_gb="15000", delivery_gb="0", live_hours="0")
    found = paper(desk, billed, "statement-2022-03")
    assert (found.title, found.issued_on) == ("ご利用明細書", date(2022, 4, 22))
    assert amounts(found)[-1] == ("合計", "180,000円（税抜）")


def test_an_adjustment_document_names_the_statement_that_carries_each_difference(desk: Desk, billed: Json) -> None:
    desk.get(f"{path_of(billed)}/papers/adjustment-2022-03.pdf", 409)
    desk.post(f"{path_of(billed)}/statements/2022-03/issue", {})
    use(desk, billed, "2022-03", transcode_hours="120.5", storage_gb="15000", delivery_gb="0", live_hours="0")
    found = paper(desk, billed, "adjustment-2022-03")
    assert found.title == "ご利用料金の調整のお知らせ"
    assert amounts(found) == [
        ("ストレージ容量超過料（2022年4月分の明細書に記載）", "91,000円（税抜）"),  # 13,000 GB over 2 TB at 7 yen
        ("トランスコード時間超過料（2022年4月分の明細書に記載）", "3,150円（税抜）"),  # 21 hours at 150 yen
        ("調整額の合計", "94,150円（税抜）"),
    ]
    assert values(found)["発行時の合計"] == "180,000円（税抜）"
    carried = paper(desk, billed, "statement-2022-04")
    assert ("2022年3月分の調整：ストレージ容量超過料", "91,000円（税抜）") in amounts(carried)
    english = paper(desk, billed, "adjustment-2022-03", "en")
    assert amounts(english)[0] == ("Storage overage (on the statement for April 2022)", "¥91,000 (excl. tax)")
    assert reasons(english, "Storage overage (on the statement for April 2022)") == [
        "The current record of March 2022 differs from the issued statement by 91,000 yen. (Art. 7, Annex 1)"
    ]


def test_an_overage_is_described_in_the_words_of_annex_1_with_whole_numbers(desk: Desk, billed: Json) -> None:
    use(desk, billed, "2022-04", transcode_hours="0", storage_gb="15000", delivery_gb="0", live_hours="0")
    found = paper(desk, billed, "statement-2022-04")
    assert [one for line in found.lines if line.label == "ストレージ容量超過料" for one in line.because] == [
        "2022年4月のストレージ容量は15,000GBであり、ベーシックに含まれる量は2,000GBです。"
        "超過13,000GB（端数切上げ）×7円＝91,000円。（第7条、別紙1）"
    ]


def test_a_claim_is_answered_with_hours_units_and_yen(desk: Desk, billed: Json) -> None:
    hit = outage(
        desk, [billed], "2022-04-10T00:00:00+09:00", recovered_at="2022-04-13T00:05:00+09:00", attributable=None
    )
    claim(desk, billed, hit)
    [credit] = credits_of(desk, billed)
    name = f"claim-{credit['id']}"
    desk.get(f"{path_of(billed)}/papers/{name}.pdf", 409)
    desk.post(f"{path_of(hit)}/attribute", {"attributable": True})
    found = paper(desk, billed, name)
    assert found.opening.endswith("次のとおり減額いたします。")
    shown = values(found)
    assert (shown["減額の対象となる時間"], shown["減額の単位数"]) == ("72時間5分", "3単位")
    assert (shown["減額する金額"], shown["減額を記載する明細書"]) == ("10,000円（税抜）", "2022年4月分")
    assert reasons(found, "減額する金額") == [
        "対象時間は72時間5分であり、24時間を1単位として3単位（端数切捨て）です。各単位につき当日の月額基本料の30分の1を減額し、その額は10,000円です。"
        "（第8条、別紙2）"
    ]
    english = values(paper(desk, billed, name, "en"))
    assert (english["Time that counts"], english["Reduction"]) == ("72 hours 5 minutes", "¥10,000 (excl. tax)")
    assert ("障害による減額", "-10,000円（税抜）") in amounts(paper(desk, billed, "statement-2022-04"))


def test_a_claim_that_earns_nothing_is_answered_with_the_reason(desk: Desk, billed: Json) -> None:
    hit = outage(
        desk, [billed], "2022-04-10T00:00:00+09:00", recovered_at="2022-04-12T00:00:00+09:00", attributable=None
    )
    claim(desk, billed, hit)
    desk.post(f"{path_of(hit)}/attribute", {"attributable": False})
    [credit] = credits_of(desk, billed)
    found = paper(desk, billed, f"claim-{credit['id']}")
    assert values(found)["結果"] == "減額の対象となりません。"
    assert reasons(found, "結果") == ["当社の責に帰すべき事由によらないため、減額しません。（第8条）"]
    assert "減額する金額" not in values(found)
    desk.get(f"{path_of(billed)}/papers/claim-k_1.pdf", 404)


def test_a_month_that_others_billed_has_no_statement(desk: Desk) -> None:
    contract = taken_over(desk, "2022-03")
    desk.get(f"{path_of(contract)}/statements/2022-03.pdf", 409)
    assert amounts(paper(desk, contract, "statement-2022-04"))
