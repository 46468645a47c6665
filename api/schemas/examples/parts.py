"""Examples of what hangs on a contract, and of outages, by the name of the model; tests send every one of them."""

from typing import Any

EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "MeetCondition": [{"condition": "dns", "reason": "The customer's name server answers."}],
    "WaiveCondition": [{"condition": "certificate", "reason": "The customer brings it within the week."}],
    "ChangeAdministrator": [{"administrator": {"name": "佐藤花子", "email": "sato@example.co.jp"}}],
    "ReportMisuse": [
        {"found_at": "2022-04-22T08:00:00+09:00", "instruction": "Change every key and name who holds them."}
    ],
    "FollowUpMisuse": [
        {"report": "c_01g1793000mdgr1ppmy0ffgaq3.4", "follow_up": "Every key was changed on the same day."}
    ],
    "EndByCompany": [
        {"ends_on": "2022-06-30", "ground": "General terms, Art. 25", "reason": "Fees unpaid since March."}
    ],
    "ItemChangeApplication": [{"item": "basic", "reference": "OD-2022-0001-C", "received_on": "2022-04-22"}],
    "AcceptItemChange": [
        {"accepted_on": "2022-04-22", "effective_on": "2022-06-01", "fee_yen": 20000},
        {"effective_on": "2022-06-01", "fee_yen": None},
    ],
    "MeasureTaken": [
        {"kind": "suspension", "ground": "A rights holder's complaint", "notified": True},
        {
            "kind": "access_limit",
            "ground": "An attack from one network",
            "notified": False,
            "starts_at": "2022-04-22T08:00:00+09:00",
            "ends_at": "2022-04-30T00:00:00+09:00",
        },
    ],
    "MonthUsage": [{"transcode_hours": "102.25", "storage_gb": 1500, "delivery_gb": "1000.5", "live_hours": 70}],
    "OutageFound": [
        {
            "known_at": "2022-04-22T08:00:00+09:00",
            "source": "own alert",
            "attributable": True,
            "contracts": "all",
        },
        {
            "known_at": "2022-04-01T08:00:00+09:00",
            "source": "the customer called",
            "attributable": None,
            "contracts": "all",
            "recovered_at": "2022-04-02T10:30:00+09:00",
        },
    ],
    "Recovered": [{"recovered_at": "2022-04-22T08:45:00+09:00"}],
    "Attributed": [{"attributable": True, "reason": "The switch that failed is ours."}],
    "Claimed": [{"claimed_on": "2022-04-22"}, {"claimed_at": "2022-04-22T08:30:00+09:00"}],
}
