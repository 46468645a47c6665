"""The kinds of files. If headings match two of them equally, the first one wins."""

from api.imports.file_kind import FIRST, ITEMS_EXAMPLE, LAST, Column, FileKind
from lifecycle.commands.acceptance_body import AcceptanceBody
from lifecycle.commands.take_over_body import RunningContractBody
from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.machines.events.apply_for_item_change import ItemChangeApplicationBody
from lifecycle.machines.events.apply_for_option import OptionApplicationBody
from lifecycle.machines.events.notify_cancellation import NotifyCancellationBody
from lifecycle.machines.events.record_usage import MonthUsageBody
from lifecycle.machines.parts import METER_FIELDS
from lifecycle.terms.editions import meter_names
from lifecycle.terms.services import PAGE_WORDS
from lifecycle.terms.version import DEFAULT_OPTION

_CONTRACT = Column("contract", "契約（参照番号または契約番号）", needed=True, example="OD-2022-0001")

_CUSTOMER = (
    Column("customer.number", "お客様番号"),
    Column("customer.kana", "お客様名（カナ）"),
    Column("customer.postal_code", "郵便番号"),
    Column("customer.address", "住所"),
    Column("customer.phone", "電話番号"),
)
APPLICATIONS = FileKind(
    "applications", "申込", "contracts-apply", ContractApplicationBody,
    (
        Column("reference", "参照番号", needed=True, example="OD-2022-0001"),
        Column("other_references", "その他の参照番号", "texts"),
        Column("received_on", "受付日", "day", example="2022-04-20"),
        Column("customer.name", "お客様名", needed=True, example="株式会社サンプル配信"),
        Column("customer.email", "お客様のメールアドレス", example="keiyaku@example.co.jp"),
        *_CUSTOMER,
        Column("administrator.name", "管理責任者名", example="山田太郎"),
        Column("administrator.email", "管理責任者のメールアドレス", example="yamada@example.co.jp"),
        Column("item", "品目", "item", needed=True, example=LAST),
        Column("requested_billing_start_on", "希望する課金開始日", "day", example="2022-05-01"),
        Column("declarations.laws_accepted", "関係法規への同意", "yes", example="はい"),
        Column("declarations.rights_cleared", "権利処理の保証", "yes", example="はい"),
        Column("delivery.custom_domain.name", "独自ドメイン", example=""),
        Column("delivery.custom_domain.acquired", "ドメイン取得済み", "yes"),
        Column("delivery.custom_domain.dns_registered", "DNS登録済み", "yes"),
        Column("delivery.https", "HTTPS", "yes"),
        Column("delivery.certificate_obtained", "証明書取得済み", "yes"),
        Column("delivery.certificate_expires_on", "証明書の有効期限", "day"),
        Column("delivery.certificate_kind", "証明書の種類"),
        Column("options.0.reference", "DRM参照番号", example="OD-2022-0001-D"),
        Column("service", "サービス", "service"),
    ),
)  # fmt: skip
NOTICES = FileKind(
    "notices", "解約通知", "contracts-notify_cancellation", NotifyCancellationBody,
    (
        _CONTRACT,
        Column("arrived_on", "到達日", "day", needed=True, example="2022-06-10"),
        Column("chosen_on", "お客様が指定した日", "day"),
        Column("reason", "理由", example="書面にて"),
    ),
)  # fmt: skip


def _meters() -> tuple[Column, ...]:
    """The meters of the loaded services that have no column above."""
    return tuple(
        Column(f"meters.{meter}", PAGE_WORDS[f"field.meters.{meter}"][0], "amount")
        for meter in meter_names()
        if meter not in METER_FIELDS
    )


USAGE = FileKind(
    "usage", "利用量", "money-put_usage", MonthUsageBody,
    (
        _CONTRACT,
        Column("month", "対象月", "month", needed=True, example="2022-05"),
        Column("transcode_hours", "変換時間", "amount", example="12.5"),
        Column("storage_gb", "保存GB", "amount", example="100"),
        Column("delivery_gb", "配信GB", "amount", example="2500"),
        Column("live_hours", "ライブ時間", "amount", example="0"),
    ),
    of_services=_meters,
)  # fmt: skip
ACCEPTANCES = FileKind(
    "acceptances", "承諾", "contracts-accept", AcceptanceBody,
    (
        _CONTRACT,
        Column("accepted_on", "承諾日", "day", needed=True, example="2022-04-22"),
        Column("billing_starts_on", "課金開始日", "day", example="2022-05-01"),
        Column("initial_fee_yen", "オプション初期費用", "yen"),
        Column("monthly_fee_yen", "オプション月額費用", "yen"),
        Column("effective_on", "品目変更の適用日", "day"),
        Column("fee_yen", "品目変更の一時費用", "yen"),
        Column("reason", "理由"),
    ),
)  # fmt: skip
OPTIONS = FileKind(
    "options", "オプションの申込", "options-apply", OptionApplicationBody,
    (
        _CONTRACT,
        Column("reference", "DRM参照番号", needed=True, example="OD-2022-0001-D"),
        Column("received_on", "受付日", "day", needed=True, example="2022-04-20"),
    ),
    constant={"kind": DEFAULT_OPTION},
)  # fmt: skip
ITEM_CHANGES = FileKind(
    "item_changes", "品目変更の申込", "parts-apply_for_item_change", ItemChangeApplicationBody,
    (
        _CONTRACT,
        Column("item", "変更後の品目", "item", needed=True, example=FIRST),
        Column("reference", "品目変更の参照番号", needed=True, example="OD-2022-0001-C"),
        Column("received_on", "受付日", "day", needed=True, example="2022-04-22"),
    ),
)  # fmt: skip
BOOK = FileKind(
    "book", "既存契約", "contracts-accept", RunningContractBody,
    (
        Column("reference", "参照番号", needed=True, example="OD-2021-0001"),
        Column("other_references", "その他の参照番号", "texts"),
        Column("received_on", "受付日", "day", example="2021-03-20"),
        Column("accepted_on", "承諾日", "day", needed=True, example="2021-03-22"),
        Column("billing_starts_on", "課金開始日", "day", needed=True, example="2021-04-01"),
        Column("billed_until", "他システムで請求済みの最終月", "month", example="2022-05"),
        Column("customer.name", "お客様名", needed=True, example="株式会社サンプル配信"),
        Column("customer.email", "お客様のメールアドレス", example="keiyaku@example.co.jp"),
        *_CUSTOMER,
        Column("administrator.name", "管理責任者名", needed=True, example="山田太郎"),
        Column("administrator.email", "管理責任者のメールアドレス", example="yamada@example.co.jp"),
        Column("item", "品目", "item", needed=True, example=LAST),
        Column("items", "品目の履歴", "items", example=ITEMS_EXAMPLE),
        Column("laws_accepted", "関係法規への同意", "yes"),
        Column("rights_cleared", "権利処理の保証", "yes"),
        Column("delivery.custom_domain.name", "独自ドメイン"),
        Column("delivery.custom_domain.acquired", "ドメイン取得済み", "yes"),
        Column("delivery.custom_domain.dns_registered", "DNS登録済み", "yes"),
        Column("delivery.https", "HTTPS", "yes"),
        Column("delivery.certificate_obtained", "証明書取得済み", "yes"),
        Column("delivery.certificate_expires_on", "証明書の有効期限", "day"),
        Column("delivery.certificate_kind", "証明書の種類"),
        Column("option.reference", "DRM参照番号", example="OD-2021-0001-D"),
        Column("option.received_on", "DRM受付日", "day", example="2022-01-10"),
        Column("option.accepted_on", "DRM承諾日", "day", example="2022-01-12"),
        Column("option.billing_starts_on", "DRM課金開始日", "day", example="2022-02-01"),
        Column("option.initial_fee_yen", "DRM初期費用", "yen", example="30000"),
        Column("option.monthly_fee_yen", "DRM月額費用", "yen", example="5000"),
        Column("option.notice.arrived_on", "DRM解約通知の到達日", "day"),
        Column("option.notice.chosen_on", "DRM解約の指定日", "day"),
        Column("notice.arrived_on", "解約通知の到達日", "day", example="2022-06-10"),
        Column("notice.chosen_on", "お客様が指定した日", "day"),
        Column("reason", "理由"),
    ),
)  # fmt: skip
KINDS = {kind.name: kind for kind in (APPLICATIONS, NOTICES, USAGE, ACCEPTANCES, OPTIONS, ITEM_CHANGES, BOOK)}
