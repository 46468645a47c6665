"""A second service in the same process: lifecycle, statements, lists, documents, audit."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.documents.contract_papers import acceptance, cancellation
from api.documents.sources import Sources
from api.imports.kinds import KINDS
from api.imports.templates import make_template
from api.messages.catalogue import Language
from lifecycle.audit.checks.check import Checker
from lifecycle.audit.export_file import export_to_file
from lifecycle.audit.judge import Judge
from lifecycle.audit.keys import SigningKey
from lifecycle.audit.seal import Seals, seal
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import GOOD, verify
from lifecycle.commands.editions import ServiceNotLoaded, refuse_other_editions
from lifecycle.records.engine import reading
from tests.api.both_services import ARCHIVE, of_both_services
from tests.api.desk import Desk, Invoke, Json, OpenDesk, path_of
from tests.api.parts import amounts, charged, lines, use
from tests.services import cloud_archive_gone

NOW = datetime.fromisoformat("2022-06-03T09:00:00+09:00")


@pytest.fixture
def desk(open_desk: OpenDesk) -> Iterator[Desk]:
    with of_both_services(open_desk()) as one:
        yield one


def test_each_contract_follows_the_terms_of_its_service(desk: Desk, tmp_path: Path) -> None:
    media, archive = desk.accepted(), desk.accepted(**ARCHIVE)
    assert (media["service"], archive["service"]) == ("media_sphere", "cloud_archive")
    (option,) = archive["options"]
    assert option["kind"] == "vault"
    assert desk.accept(option["id"])["minimum_term_ends_on"] == "2022-10-31"
    assert desk.show(archive)["minimum_term_ends_on"] == "2024-04-30"
    desk.move_to("2022-06-03")
    assert desk.show(archive)["state"] == "billing"
    assert (
        desk.get(f"{path_of(archive)}/latest_arrival", effective_on="2024-05-31")["arrive_by_on"] == "2024-05-15"
    )

    ends = [desk.do(one, "notify_cancellation", arrived_on="2022-06-03") for one in (media, archive)]
    assert [one["cancellation"]["effective_on"] for one in ends] == ["2022-07-03", "2022-06-30"]
    because = ends[1]["cancellation"]["because"]
    assert [(one["rule"], one["article"]) for one in because] == [
        ("notice_to_month_end", "Art. 26"), ("later_of_notice_and_chosen_day", "Art. 26"),
        ("minimum_term", "Art. 22"),
    ]  # fmt: skip
    desk.move_to("2022-07-20")
    assert [desk.show(one)["terminated_on"] for one in (media, archive)] == ["2022-07-03", "2022-06-30"]

    assert amounts(charged(desk, archive)) == [
        ("initial_fee", 20_000), ("option_initial_fee", 30_000), ("monthly_base_fee", 90_000),
        ("monthly_option_fee", 5_000), ("monthly_base_fee", 90_000), ("monthly_option_fee", 5_000),
        ("residual_fee", 1_980_000),
    ]  # fmt: skip
    assert {line["ruling"]["article"].split(",")[0] for line in lines(desk, archive, "2022-06")} == {
        "Art. 27", "Art. 22"
    }  # fmt: skip
    assert_ruled_by_its_terms(desk, archive)
    assert_audited(desk.engine, tmp_path)


def assert_ruled_by_its_terms(desk: Desk, archive: Json) -> None:
    """Check that every ruling of every row, past ones too, belongs to the second service."""
    rulings = [ruling for row in desk.history(archive) for ruling in row["rulings"]]
    assert len(rulings) > 8
    assert {ruling["service"] for ruling in rulings} == {"cloud_archive"}
    assert not [one["because"] for one in rulings if "DRM" in one["because"] or "Premium" in one["because"]]
    then = desk.show(archive, effective_at="2022-06-10T00:00:00+09:00")
    assert (then["state"], then["service"]) == ("cancel_notified", "cloud_archive")


def assert_audited(engine: Engine, folder: Path) -> None:
    """Check that the check finds nothing, the export verifies, and the judge skips the second service."""
    key = SigningKey("contracts.example.com", bytes(32))
    seal(engine, datetime.fromisoformat("2022-07-20T10:00:00+09:00"), Seals(key))
    assert [finding for part in Checker(engine).parts() for finding in part.findings] == []
    export_to_file(engine, folder / "export.jsonl")
    verdict = verify(folder / "export.jsonl", [], key.public, legal_steps(), Judge())
    assert verdict.code == GOOD and "Not judged" in verdict.says, verdict.says


def test_lists_can_be_filtered_by_service(desk: Desk) -> None:
    media, archive = desk.apply(), desk.apply(**ARCHIVE)
    for service, contract in (("media_sphere", media), ("cloud_archive", archive)):
        found = desk.get("/v1/contracts", service=service, count="true")
        assert [one["id"] for one in found["items"]] == [contract["id"]]
    assert desk.get("/v1/contracts", count="true")["monthly_base_fees_yen"] == 290_000
    (wrong,) = desk.get("/v1/contracts", 422, service="other")["errors"]
    assert wrong == {"pointer": "/query/service", "detail": "is not one of 'media_sphere' or 'cloud_archive'"}


def test_lists_and_exports_can_be_limited_to_one_service(desk: Desk) -> None:
    media, archive = desk.accepted(), desk.accepted(**ARCHIVE | {"options": []})
    desk.move_to("2022-06-03")
    for one in (media, archive):
        desk.do(one, "notify_cancellation", arrived_on="2022-06-03")
        desk.post(f"{path_of(one)}/statements/2022-05/issue", {})
    until = "2022-08-01T00:00:00+09:00"
    for service, contract in (("media_sphere", media), ("cloud_archive", archive)):
        for path, asked in (("/v1/due", {"until": until}), ("/v1/statements", {}), ("/v1/statements/2022-05", {})):
            found = desk.get(path, service=service, **asked)["items"]
            assert {one["contract_id"] for one in found} == {contract["id"]}, path
        for path, asked in (("/v1/due.csv", {"until": until}), ("/v1/contracts.csv", {}), ("/v1/audit/sent", {})):
            text = desk.client.get(path, params={"service": service, **asked}).text
            ids = {one["id"] for one in (media, archive) if one["id"] in text}
            assert ids == {contract["id"]}, path
    seal(desk.engine, NOW, Seals(SigningKey("contracts.example.com", bytes(32))))
    rows = desk.client.get("/v1/audit/export", params={"service": "cloud_archive"}).text
    assert archive["id"] in rows and media["id"] not in rows and "t_cloud_archive_2020-04-01" in rows
    desk.get("/v1/due", 422, until=until, service="nowhere")


def test_a_file_names_the_service_or_leaves_it_to_the_item(desk: Desk) -> None:
    names = "reference,received_on,customer.name,administrator.name,item,service"
    rows = ("S-1,2022/4/20,甲,乙,ラージ,", "S-2,2022/4/20,甲,乙,archive_small,クラウドアーカイブ",
            "S-3,2022/4/20,甲,乙,premium,Cloud Archive", "S-4,2022/4/20,甲,乙,gold,nowhere")  # fmt: skip
    file = "\n".join((names, *rows, "")).encode()
    answer = desk.client.post("/v1/imports", content=file, headers={"Content-Type": "text/csv"}).json()
    found = desk.get("/v1/contracts", service="cloud_archive")["items"]
    assert [one["reference"] for one in found] == ["S-1", "S-2"]
    said = [(one["row"], one["column"].split()[-1], one["detail"]) for one in answer["errors"]]
    assert (5, "item", "is none of the items: basic, premium (IIJ Media Sphere); "
               "archive_small, archive_large (Cloud Archive)") in said  # fmt: skip
    assert (5, "service", "is none of the services: media_sphere・cloud_archive") in said
    assert (4, "item", "is not one of 'archive_small' or 'archive_large'") in said


def test_an_item_or_option_of_another_service_is_refused_at_its_place(desk: Desk) -> None:
    body = desk.application | ARCHIVE | {"reference": "K-9"}
    for changes, pointer in (
        ({"item": "premium"}, "/item"),
        ({"options": [{"kind": "drm", "reference": "D-9"}]}, "/options"),
        ({"service": "media_sphere"}, "/item"),
        ({"service": "nowhere"}, "/service"),
    ):
        found = desk.post("/v1/contracts", body | changes, 422)
        assert pointer in [one["pointer"] for one in found["errors"]], changes
    archive = desk.apply(**ARCHIVE | {"options": []})
    asked = {"item": "premium", "reference": "C-9"}
    for path, sent, pointer in (
        ("item_changes", asked, "/item"),
        ("options", {"kind": "drm", "reference": "D-9"}, "/kind"),
        ("amend", {"item": "premium"}, "/item"),
    ):
        found = desk.post(f"{path_of(archive)}/{path}", sent, 422)
        assert [one["pointer"] for one in found["errors"]] == [pointer]
    accepted = desk.accept(archive)
    for body, pointer in (({"live_hours": 1}, "/live_hours"), ({"meters": {"live_hours": 1}}, "/live_hours"),
                          ({"meters": {"kept_tb": 1}}, "/meters/kept_tb")):  # fmt: skip
        used = desk.client.put(f"{path_of(accepted)}/usage/2022-04", json=body)
        assert (used.status_code, used.json()["errors"][0]["pointer"]) == (422, pointer)


def test_the_meters_of_the_service_are_recorded_corrected_and_charged(desk: Desk, tmp_path: Path) -> None:
    archive = desk.accepted(**ARCHIVE | {"options": []})
    desk.move_to("2022-06-03")
    found = use(desk, archive, "2022-05", meters={"kept_gb": "10120.5", "restored_gb": 530})
    assert (found["meters"], found["live_hours"]) == ({"kept_gb": "10120.5", "restored_gb": "530"}, "0")
    (_, *overages) = lines(desk, archive, "2022-05")
    assert amounts(overages) == [("overage_kept_gb", 242), ("overage_restored_gb", 300)]
    assert overages[0]["ruling"]["because"].startswith("The kept data of May 2022: 10,120.5 GB used, 10,000 GB")

    use(desk, archive, "2022-05", meters={"kept_gb": "10121.5"})
    (_, kept, restored) = lines(desk, archive, "2022-05")
    assert (kept["amount_yen"], restored["amount_yen"], kept["ruling"]["article"]) == (
        244,
        300,
        "Art. 27, Annex 3",
    )
    (recorded, corrected) = desk.get(f"{path_of(archive)}/usage/2022-05/history")["items"]
    assert recorded["facts"]["meters"] == {"kept_gb": "10120.5", "restored_gb": "530"}
    assert "live_hours" not in recorded["facts"]
    for wrong, pointer in (
        ({"kept_gb": None}, "/facts/meters/kept_gb"),
        ("x", "/facts/meters"),
        ([], "/facts/meters"),
    ):
        body = {"entry": recorded["id"], "facts": {"meters": wrong}, "reason": "It was misread."}
        refused = desk.post(f"{path_of(archive)}/corrections", body, 422)
        assert [error["pointer"] for error in refused["errors"]] == [pointer]
    facts = {"meters": {"kept_gb": "10001"}}
    desk.do(archive, "corrections", entry=corrected["id"], facts=facts, reason="It was misread.")
    assert lines(desk, archive, "2022-05")[1]["amount_yen"] == 2
    assert desk.get(f"{path_of(archive)}/usage/2022-05")["meters"]["restored_gb"] == "530"
    assert_audited(desk.engine, tmp_path)


def test_a_file_of_usage_has_columns_for_the_meters_of_the_service(desk: Desk) -> None:
    archive = desk.accepted(**ARCHIVE | {"options": []})
    desk.move_to("2022-06-03")
    assert "復元容量（GB） meters.restored_gb" in make_template(KINDS["usage"], "csv").decode("utf-8-sig")
    for headings in ("契約（申込番号またはID）,対象月,保存容量（GB）", "contract,month,meters.kept_gb"):
        file = f"{headings}\n{archive['reference']},2022-05,10121\n".encode()
        answer = desk.client.post("/v1/imports", content=file, headers={"Content-Type": "text/csv"})
        assert answer.status_code == 200, answer.text
    assert desk.get(f"{path_of(archive)}/usage/2022-05")["meters"] == {"kept_gb": "10121", "restored_gb": "0"}
    assert len(desk.get(f"{path_of(archive)}/usage/2022-05/history")["items"]) == 1


def test_the_terms_of_each_service_are_shown(desk: Desk) -> None:
    found = desk.get("/v1/terms", service="cloud_archive")
    assert (found["service"], found["minimum_term_months"], found["notice_rule"], [*found["options"]]) == (
        "cloud_archive", 24, "end_of_following_month", ["vault"]
    )  # fmt: skip
    assert desk.get("/v1/terms")["service"] == "media_sphere"
    preview = desk.get(
        "/v1/preview/cancellation", item="archive_small", billing_starts_on="2020-05-01", arrived_on="2022-06-20"
    )
    assert preview["effective_on"] == "2022-07-31"


@pytest.mark.parametrize(("language", "said"), [("ja", "金庫オプション"), ("en", "vault option")])
def test_documents_use_the_names_of_the_service(desk: Desk, language: Language, said: str) -> None:
    archive = desk.accepted(**ARCHIVE)
    desk.accept(archive["options"][0]["id"])
    desk.move_to("2022-06-03")
    desk.do(archive, "notify_cancellation", arrived_on="2022-06-03")
    for paper in (acceptance, cancellation):
        with reading(desk.engine) as conn:
            drafted = paper(Sources(conn, archive["id"], NOW, language))
        texts = repr(drafted.sections)
        assert said in texts and "DRM" not in texts and "Premium" not in texts and "プレミアム" not in texts


def test_a_start_without_the_folder_of_a_contract_is_refused(desk: Desk) -> None:
    desk.apply(**ARCHIVE)
    with (
        cloud_archive_gone(),
        reading(desk.engine) as conn,
        pytest.raises(ServiceNotLoaded, match="cloud_archive"),
    ):
        refuse_other_editions(conn)


def test_the_terms_commands_accept_a_service(desk: Desk, invoke: Invoke) -> None:
    shown = json.loads(invoke("terms", "show", "2020-04-01", "--service", "cloud_archive"))
    assert (shown["service"], [*shown["binding"]["meters"]]) == ("cloud_archive", ["kept_gb", "restored_gb"])
    on_that_day = json.loads(invoke("terms", "--service", "cloud_archive", "--on", "2024-04-03"))
    assert on_that_day["minimum_term_months"] == 24
    assert "is none of media_sphere, cloud_archive" in invoke("terms", "--service", "nowhere", status=2)
