"""The PDF of a document: line breaks, drawn or replaced characters, tags, the same bytes, little CPU time."""

import io
from dataclasses import replace
from datetime import date
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from api.documents.content import Document, DocumentLine, DocumentSection
from api.documents.glyphs import drawable
from api.documents.pdf import pdf, pictures
from api.documents.writer import DocumentWriter, addressed
from api.problems import Problem
from lifecycle.records.engine import reading
from tests.api.desk import Desk
from tests.documents.contents import ISSUER, paper, rows_of_text, text_of
from tests.how_many import some_of

NEVER_FIRST = "、。，．）」』】〉》〕・：；？！ゝゞーぁぃぅぇぉっゃゅょァィゥェォッャュョ々"
NEVER_LAST = "（「『【〈《〔"
SENTENCE = (
    "通知は2022年4月22日（金）に到達しました。「株式会社サンプル配信」様のご契約（ベーシック）は、第6条と別紙1により、"
    "30日を経過する日の満了をもって、ちょっとした手続きの後、金1,234,567円（税抜）の精算とともに終了いたします。"
)


def a_paper(name: str = "山田 太郎 様", value: str = "値", sample: str = "") -> Document:
    section = DocumentSection("", [DocumentLine("項目", value, (value,))])
    return Document(
        name="K-1-acceptance", reference="K-1", language="ja", title="契約申込承諾書", to=name,
        issued="発行日 2022年4月22日（金）", issued_on=date(2022, 4, 22), issuer=ISSUER, sample=sample,
        opening="次のとおりお知らせいたします。", sections=[section], notes=("金額はすべて税抜です。",),
        labels=("項目", "金額"),
    )  # fmt: skip


@pytest.mark.parametrize("shift", range(12))
def test_line_breaks_respect_forbidden_characters_and_keep_numbers_whole(shift: int) -> None:
    rows = rows_of_text(pdf(a_paper(value="あ" * shift + SENTENCE * 3)))
    assert len(rows) > 12
    assert [row for row in rows if row[0] in NEVER_FIRST or row.rstrip()[-1] in NEVER_LAST] == []
    text = "\n".join(rows)
    for whole in ("2022年4月22日（金）", "1,234,567円", "第6条", "別紙1", "30日"):
        assert text.count(whole) >= 6, whole


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("葛󠄀城 葛󠄁", "葛󠄀城 葛󠄁"),  # variations that the font has
        ("葛󠇯", "葛"),  # and one that it lacks
        ("髙﨑𠮷", "髙﨑𠮷"),
        ("か\u3099", "が"),
        ("𝐀社", "A社"),
        ("👩🏽‍💻株", "〓株"),
        ("शर्मा 太郎", "〓 太郎"),
        ("a\u202eb\u2066c", "abc"),
        ("山\u200b田\ufeff", "山田"),
        ("行\n行", "行 行"),
        ("\ue000", "〓"),
    ],
)
def test_a_character_is_drawn_or_replaced_by_its_base_or_a_mark(name: str, drawn: str) -> None:
    assert drawable(name) == drawn


@settings(max_examples=some_of(60), deadline=None)
@given(st.text(max_size=60))
def test_any_text_at_all_can_be_drawn(name: str) -> None:
    assert pdf(a_paper(name, name)).startswith(b"%PDF-")


@pytest.mark.parametrize("name", ["#panic()", "$x$ *b* _i_ `r` @a <b>", '"); panic("', "\\u{41}", '{"paper":1}'])
def test_a_name_is_never_taken_for_markup(name: str) -> None:
    assert "".join(name.split()) in text_of(pdf(a_paper(name)))


def test_half_width_characters_can_be_copied_as_typed() -> None:
    assert "ｶﾞｽﾊﾟｰﾙ" in text_of(pdf(a_paper("ｶﾞｽﾊﾟｰﾙ")))


def test_a_long_name_without_blanks_is_broken_within_the_page() -> None:
    rows = rows_of_text(pdf(a_paper("A" * 300)))
    assert sum(row.count("A") for row in rows) == 300 and max(map(len, rows)) < 100


def test_the_pdf_is_tagged_and_has_a_title_a_language_and_a_date() -> None:
    read = PdfReader(io.BytesIO(pdf(a_paper())))
    root, about = read.trailer["/Root"], read.metadata
    assert about is not None and (about.title, about.author) == ("契約申込承諾書", ISSUER.name)
    assert about.creation_date is not None and about.creation_date.date() == date(2022, 4, 22)
    assert root["/Lang"].startswith("ja") and root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_a_pdf_is_reproducible_and_needs_less_than_100_ms_of_cpu() -> None:
    first, taken = pdf(a_paper()), []
    for number in range(10):
        begun = process_time()
        pdf(a_paper(value=f"{number}"))
        taken.append(process_time() - begun)
    assert sorted(taken)[5] < 0.1
    assert pdf(a_paper()) == first


def test_a_sample_has_a_watermark_across_the_page() -> None:
    assert "見本" in text_of(pdf(a_paper(sample="見本"))) and "見本" not in text_of(pdf(a_paper()))
    assert pictures(a_paper(sample="見本"))[0] != pictures(a_paper())[0]


@pytest.mark.parametrize(
    ("name", "letter"),
    [
        ("株式会社サンプル配信", "御中"), ("㈱サンプル", "御中"), ("（有）山田商店", "御中"),
        ("学校法人髙橋学園", "御中"), ("千代田区", "御中"), ("Sample Co., Ltd.", "御中"),
        ("山田 太郎", "様"), ("区 太郎", "様"), ("髙﨑 𠮷", "様"),
    ],
)  # fmt: skip
def test_companies_and_people_are_addressed_as_they_should_be(name: str, letter: str) -> None:
    assert addressed(name, "ja") == f"{name} {letter}"
    assert addressed(name, "en") == f"To {name}" and addressed("", "ja") == ""


def test_a_live_service_writes_no_document_before_its_issuer_is_set(desk: Desk) -> None:
    contract = desk.accepted()
    with reading(desk.engine) as conn:
        now = desk.context.clock()
        live = DocumentWriter(conn, contract["id"], now, "ja", None, sandbox=False)
        with pytest.raises(Problem) as refused:
            live.paper("acceptance")
        assert (refused.value.status, refused.value.kind) == (409, "issuer-not-set")
        assert "LIFECYCLE_ISSUER_NAME" in refused.value.detail
        sandbox = DocumentWriter(conn, contract["id"], now, "ja", None, sandbox=True).paper("acceptance")
    assert sandbox.issuer is None and sandbox.sample == "見本"
    signed = paper(desk, contract, "acceptance")
    assert signed.sample == "" and all(
        part in text_of(pdf(signed)) for part in ("株式会社配信事業", "富士見2-10-2", "契約窓口03-0000-0000")
    )
    assert replace(signed, issuer=None) != signed


def test_the_file_name_of_a_document_contains_the_reference_and_the_kind(desk: Desk) -> None:
    contract = desk.accepted(reference="契約/2022-04")
    answer = desk.client.get(f"/v1/contracts/{contract['id']}/papers/acceptance.pdf")
    assert answer.headers["content-disposition"] == (
        "inline; filename=\"_2022-04-acceptance.pdf\"; filename*=UTF-8''%E5%A5%91%E7%B4%84_2022-04-acceptance.pdf"
    )
