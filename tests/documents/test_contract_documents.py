"""Documents about a contract: each states the effect of its own event, in both languages."""

from datetime import date

import pytest
from sqlalchemy import update

from api.problems import Problem
from lifecycle.records import tables
from lifecycle.records.engine import writing
from tests.api.desk import Desk, Json, path_of
from tests.api.terms_scenes import recorded
from tests.documents.contents import lines, paper, reasons, values
from tests.right.test_corrections import row

EARLIER = {"accepted_on": "2022-03-01", "billing_starts_on": "2022-03-15", "reason": "entered late"}


@pytest.fixture
def running(desk: Desk) -> Json:
    """Premium, accepted on 1 March 2022 and billed from 15 March; it is 22 April."""
    return desk.accept(desk.apply(received_on="2022-03-01", item="premium"), **EARLIER)


def notice(desk: Desk, contract: Json, arrived_on: str, chosen_on: str | None = None) -> Json:
    return desk.do(contract, "notify_cancellation", arrived_on=arrived_on, chosen_on=chosen_on, reason="late")


def test_an_acceptance_names_days_and_fees_of_the_contract_and_its_option(desk: Desk, running: Json) -> None:
    option = desk.apply_for_option(running, reference="D-9", received_on="2022-04-01")
    desk.accept(option, accepted_on="2022-04-05", billing_starts_on="2022-05-01")
    found = paper(desk, running, "acceptance")
    assert (found.title, found.to) == ("契約申込承諾書", "株式会社サンプル配信 御中")
    assert values(found) == {
        "参照番号": running["reference"], "品目": "プレミアム", "お申込みの受付日": "2022年3月1日（火）",
        "承諾日": "2022年3月1日（火）", "初期費用": "150,000円（税抜）", "課金開始日": "2022年3月15日（火）",
        "月額費用": "200,000円（税抜）", "最低利用期間の満了日": "2022年4月14日（木）",
    }  # fmt: skip
    assert values(found, "DRMオプション") == {
        "参照番号": "D-9", "お申込みの受付日": "2022年4月1日（金）", "承諾日": "2022年4月5日（火）",
        "初期費用": "30,000円（税抜）", "課金開始日": "2022年5月1日（日）", "月額費用": "5,000円（税抜）",
        "最低利用期間の満了日": "2022年5月31日（火）",
    }  # fmt: skip
    english = paper(desk, running, "acceptance", "en")
    assert english.title == "Confirmation of acceptance"
    assert values(english, "DRM option")["Monthly fee"] == "¥5,000 (excl. tax)"


def test_an_acceptance_omits_the_reasons_of_other_events_on_the_same_day(desk: Desk, running: Json) -> None:
    notice(desk, running, "2022-03-15")  # elapses on 14 April, the last day of the minimum term
    found = paper(desk, running, "acceptance")
    assert reasons(found, "最低利用期間の満了日") == [
        "最低利用期間1ヶ月は課金開始日2022年3月15日から起算し、2022年4月14日に満了します。（第2条）"
    ]
    assert "通知" not in str(found.sections)


def test_an_acceptance_shows_the_accepted_and_the_changed_billing_start(desk: Desk) -> None:
    contract = desk.accept(desk.apply(), billing_starts_on="2022-06-01")
    desk.do(contract, "reschedule_billing", billing_starts_on="2022-07-01")
    found = values(paper(desk, contract, "acceptance"))
    assert found["承諾時の課金開始日"] == "2022年6月1日（水）" and "課金開始日" not in found
    assert found["変更後の課金開始日"] == "2022年7月1日（金）"
    assert found["変更後の最低利用期間の満了日"] == "2022年7月31日（日）" and "最低利用期間の満了日" not in found


def test_a_cancellation_document_shows_each_notice_with_its_chosen_day_and_its_end(
    desk: Desk, running: Json
) -> None:
    notice(desk, running, "2022-04-10")
    notice(desk, running, "2022-04-22", "2022-09-30")
    found = paper(desk, running, "cancellation")
    first, second = (f"解約のご通知（{number}通目）" for number in (1, 2))
    assert values(found, first) == {
        "通知の到達日": "2022年4月10日（日）", "ご指定の解約日": "ご指定なし",
        "この通知による終了日": "2022年5月10日（火）",
    }  # fmt: skip
    assert values(found, second) == {
        "通知の到達日": "2022年4月22日（金）", "ご指定の解約日": "2022年9月30日（金）",
        "この通知による終了日": "2022年9月30日（金）",
    }  # fmt: skip
    assert reasons(found, "この通知による終了日", second) == [
        "通知は2022年4月22日に到達しました。初日を算入せず、30日を経過する日は2022年5月22日です。（第6条）",
        "指定日2022年9月30日の方が遅いため、2022年9月30日の満了をもって効力が生じます。（第6条）",
    ]
    assert values(found)["サービス提供の最終日"] == "2022年5月10日（火）"
    assert values(found)["サービス終了日時"] == "2022年5月11日（水） 00:00"
    assert reasons(found, "サービス提供の最終日")[-1] == (
        "通知が2通あり、それぞれ単独での終了日は2022年5月10日、2022年9月30日です。"
        "最も早い日により、効力が生じる日は2022年5月10日です。（第6条）"
    )
    english = paper(desk, running, "cancellation", "en")
    assert values(english, "Cancellation notice no. 2")["End by this notice"] == "Fri 30 September 2022"


def test_a_cancellation_document_marks_a_revoked_notice_beside_the_valid_one(desk: Desk, running: Json) -> None:
    notice(desk, running, "2022-04-10")
    gone = row(desk, running, "notify_cancellation")["id"]
    notice(desk, running, "2022-04-22", "2022-09-30")
    desk.do(running, "revoke_cancellation", notice=gone, reason="both sides agreed")
    found = paper(desk, running, "cancellation")
    assert values(found, "解約のご通知（1通目）")["この通知による終了日"] == "撤回済みです。"
    assert values(found)["サービス提供の最終日"] == "2022年9月30日（金）"
    desk.do(running, "revoke_cancellation", reason="both sides agreed")
    with pytest.raises(Problem) as refused:
        paper(desk, running, "cancellation")
    assert refused.value.status == 409


def test_an_option_of_which_the_customer_gave_notice_has_its_own_part(desk: Desk, running: Json) -> None:
    option = desk.apply_for_option(running, reference="D-9", received_on="2022-03-01")
    option = desk.accept(option, accepted_on="2022-03-01", billing_starts_on="2022-03-15", reason="late")
    notice(desk, option, "2022-04-22", "2022-07-31")
    found = paper(desk, running, "cancellation")
    assert values(found, "DRMオプション（D-9）の解約のご通知")["ご指定の解約日"] == "2022年7月31日（日）"
    assert values(found, "DRMオプション（D-9）")["サービス提供の最終日"] == "2022年7月31日（日）"
    assert "サービス提供の最終日" not in values(found), "the contract goes on"


def test_an_option_that_ends_with_the_contract_is_listed_once_with_the_reason_for_its_deferral(
    desk: Desk, running: Json
) -> None:
    option = desk.apply_for_option(running, reference="D-9", received_on="2022-04-01")
    notice(desk, desk.accept(option, accepted_on="2022-04-05", billing_starts_on="2022-05-01"), "2022-04-21")
    notice(desk, running, "2022-04-22")
    found = paper(desk, running, "cancellation")
    ends = [section for section in found.sections if section.title == "DRMオプション（D-9）"]
    assert [line.value for section in ends for line in section.lines] == [
        "2022年5月22日（日）",
        "2022年5月23日（月） 00:00",
    ]
    put_off = reasons(found, "この通知による終了日", "DRMオプション（D-9）の解約のご通知")
    assert put_off[-1].startswith(
        "最低利用期間1ヶ月は課金開始日2022年5月1日から起算し、2022年5月31日に満了します。"
    )


def test_an_end_by_the_company_has_its_own_document_that_mentions_no_notice(desk: Desk, running: Json) -> None:
    ground = "一般規程第25条（利用料金の不払い）"
    desk.do(running, "end_by_company", ends_on="2022-06-30", ground=ground, reason="unpaid")
    found = paper(desk, running, "end_by_company")
    assert found.title == "契約解除のお知らせ" and found.opening.startswith("当社は、ご契約を次のとおり解除")
    assert values(found) == {
        "参照番号": running["reference"], "品目": "プレミアム", "解除の意思表示の日": "2022年4月22日（金）",
        "解除の事由": ground, "解除による終了日": "2022年6月30日（木）",
        "サービス提供の最終日": "2022年6月30日（木）", "サービス終了日時": "2022年7月1日（金） 00:00",
    }  # fmt: skip
    assert reasons(found, "解除による終了日") == [
        "当社は、相当の理由により、2022年6月30日の満了をもって契約を終了させます。（一般規程）"
    ]
    assert "通知" not in str(found) and "notice" not in str(paper(desk, running, "end_by_company", "en").sections)
    desk.get(f"{path_of(running)}/papers/cancellation.pdf", 409)
    desk.get(f"{path_of(running)}/papers/end_by_agreement.pdf", 409)


def test_an_agreed_end_names_the_newest_agreement_and_its_amount(desk: Desk, running: Json) -> None:
    notice(desk, running, "2022-04-10")
    desk.do(running, "end_by_agreement", ends_on="2022-06-30", owed_yen=50_000, reason="in writing")
    desk.do(running, "end_by_agreement", ends_on="2022-07-31", owed_yen=80_000, reason="in writing")
    found = paper(desk, running, "end_by_agreement")
    assert found.title == "合意解約確認書"
    shown = values(found)
    assert (shown["合意日"], shown["合意した金額"]) == ("2022年4月22日（金）", "80,000円（税抜）")
    assert shown["サービス提供の最終日"] == "2022年7月31日（日）"
    assert values(paper(desk, running, "end_by_agreement", "en"))["Agreed amount"] == "¥80,000 (excl. tax)"


def test_a_correction_document_shows_the_wrong_and_the_right_value(desk: Desk, running: Json) -> None:
    notice(desk, running, "2022-04-22")
    entry = row(desk, running, "notify_cancellation")["id"]
    facts = {"arrived_on": "2022-04-10"}
    desk.post(f"{path_of(running)}/corrections", {"entry": entry, "facts": facts, "reason": "typed wrongly"})
    found = paper(desk, running, f"correction-{row(desk, running, 'correct_entry')['id']}")
    assert found.title == "訂正のお知らせ"
    assert values(found, "2022年4月22日（金）の解約通知") == {
        "通知の到達日": "正：2022年4月10日（日）／誤：2022年4月22日（金）"
    }
    assert values(found, "訂正後のご契約")["サービス提供の最終日"] == "2022年5月10日（火）"
    assert "typed wrongly" not in str(found), "why it was corrected is the desk's own"
    again = paper(desk, running, "cancellation")
    assert values(again, "解約のご通知")["通知の到達日"] == "2022年4月10日（日）", "the notice as it is now"
    english = paper(desk, running, found.name.removeprefix(f"{found.reference}-"), "en")
    assert [line.value for line in lines(english, "Cancellation notice, Fri 22 April 2022")] == [
        "Sun 10 April 2022 (instead of Fri 22 April 2022)"
    ]


def test_an_annulment_has_a_document_but_the_annulment_of_a_note_has_none(desk: Desk, running: Json) -> None:
    notice(desk, running, "2022-04-22")
    entry = row(desk, running, "notify_cancellation")["id"]
    body = {"entries": [entry], "ground": "never_happened", "reason": "another contract's"}
    desk.post(f"{path_of(running)}/annulments", body)
    found = paper(desk, running, f"correction-{row(desk, running, 'annul_entry')['id']}")
    assert values(found)["2022年4月22日（金）の解約通知"] == "記録から抹消いたしました。"
    assert "サービス提供の最終日" not in values(found, "訂正後のご契約")
    desk.get(f"{path_of(running)}/papers/correction-{entry}.pdf", 404)
    desk.post(f"{path_of(running)}/notes", {"text": "called"}, 201)
    note = row(desk, running, "note")["id"]
    desk.post(f"{path_of(running)}/annulments", {"entries": [note], "ground": "never_happened", "reason": "x"})
    last = desk.history(running)[-1]["id"]
    desk.get(f"{path_of(running)}/papers/correction-{last}.pdf", 409)


def test_a_resettlement_document_names_the_terms_and_the_day_of_their_announcement(
    desk: Desk, running: Json
) -> None:
    notice(desk, running, "2022-04-22")
    desk.post(*recorded(desk))
    desk.move_to("2022-05-06")
    with writing(desk.engine) as conn:
        conn.execute(update(tables.contract).values(effective_on=date(2022, 6, 30)))
    desk.post("/v1/terms/resettle", {"reason": "a fault of an earlier version"})
    found = paper(desk, running, f"correction-{row(desk, running, 'resettle')['id']}")
    assert values(found)["適用する規程の版（実施日）"] == "2022年5月1日（日）"
    assert values(found)["規程の周知日"] == "2022年4月1日（金）"
    assert values(found, "訂正後のご契約")["サービス提供の最終日"] == "2022年5月22日（日）"
    assert "earlier version" not in str(found)


def test_an_acceptance_stays_the_former_partys_and_a_later_notice_is_the_successors(desk: Desk) -> None:
    contract = desk.accept(
        desk.apply(received_on="2022-04-10", customer={"name": "株式会社旧"}), accepted_on="2022-04-12"
    )
    desk.do(contract, "succeed", on="2022-04-20", ground="inheritance", customer={"name": "山田 一子"})
    notice(desk, contract, "2022-04-22")
    assert paper(desk, contract, "acceptance").to == "株式会社旧 御中"
    assert paper(desk, contract, "cancellation").to == "山田 一子 様"
    assert paper(desk, contract, "statement-2022-04").to == "山田 一子 様"


def test_a_customer_who_is_called_otherwise_since_is_addressed_by_the_present_name(desk: Desk) -> None:
    contract = desk.accept(desk.apply(received_on="2022-04-10"), accepted_on="2022-04-12")
    desk.do(contract, "change_particulars", on="2022-04-20", customer={"name": "株式会社新"})
    assert paper(desk, contract, "acceptance").to == "株式会社新 御中"
