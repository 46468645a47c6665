"""Examples for the OpenAPI document, by the name of the model; tests send every one of them to the service."""

from typing import Any

EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "ProblemDetails": [
        {
            "type": "urn:lifecycle:problem:not-possible",
            "title": "Not possible in this state",
            "status": 409,
            "detail": "accept is not possible in the state billing",
            "instance": "/v1/contracts/c_01g1793000mdgr1ppmy0ffgaq3/accept",
            "state": "billing",
            "allowed_events": ["notify_cancellation"],
        },
        {
            "type": "urn:lifecycle:problem:malformed",
            "title": "Malformed input",
            "status": 422,
            "detail": "1 value(s) are malformed.",
            "instance": "/v1/contracts",
            "errors": [{"pointer": "/requested_billing_start_on", "detail": "is not a day of the calendar"}],
        },
    ],
    "Ruling": [
        {
            "rule": "notice_period",
            "article": "Art. 6",
            "on": "2022-07-10",
            "because": "The notice arrived on 2022-06-10; that day not counted, 30 days elapse on 2022-07-10.",
            "because_ja": "通知は2022年6月10日に到達。初日を算入せず、30日を経過する日は2022年7月10日である。",
            "reading": "R2",
            "basis": "code",
            "terms": "2022-05-01",
            "assumed": False,
        }
    ],
    "Contract": [
        {
            "id": "c_01g1793000mdgr1ppmy0ffgaq3",
            "reference": "OD-2022-0001",
            "item": "premium",
            "state": "billing",
            "version": 3,
            "customer": {
                "name": "株式会社サンプル配信",
                "email": "keiyaku@example.co.jp",
                "number": "C-1001",
                "kana": "サンプルハイシン",
                "postal_code": "102-0071",
                "address": "東京都千代田区富士見2-10-2",
                "phone": "03-1234-5678",
            },
            "administrator": {"name": "山田太郎", "email": "yamada@example.co.jp"},
            "declarations": {"laws_accepted": True, "rights_cleared": True},
            "delivery": {"custom_domain": None, "https": False, "certificate_obtained": None},
            "requested_billing_start_on": "2022-05-01",
            "received_on": "2022-04-20",
            "accepted_on": "2022-04-22",
            "billing_starts_on": "2022-05-01",
            "minimum_term_ends_on": "2022-05-31",
            "cancellation": None,
            "terminated_on": None,
            "next": None,
            "allowed_events": ["notify_cancellation", "end_by_company", "change_administrator", "report_misuse"],
            "billing_held": False,
            "conditions": {"open": [], "met": [], "waived": [], "because": []},
            "misuse_reports": [],
            "taken_over": False,
            "billed_until": None,
            "personal_data_erased_at": None,
            "options": [
                {
                    "id": "o_01g1793000mdgr1ppmy0ffgaq4",
                    "kind": "drm",
                    "reference": "OD-2022-0001-D",
                    "state": "billing",
                }
            ],
        }
    ],
    "Clock": [{"now": "2022-04-22T09:00:00+09:00", "sandbox": True, "oldest_overdue_s": None}],
    "Moved": [{"now": "2022-07-11T09:00:00+09:00", "fired": 2}],
}


def with_examples(schema: dict[str, Any], model: type) -> None:
    """Adds a model's examples to its schema."""
    found = EXAMPLES.get(model.__name__)
    if found:
        schema["examples"] = found
