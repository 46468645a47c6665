"""What the demo says, in English and in Japanese; the words are those of docs/glossary.md."""

import re
from datetime import date

from lifecycle.demo.book import BilingualText, StoryLanguage
from lifecycle.terms.formats import japanese_day

EVENTS = {
    "apply": "申込",
    "accept": "承諾",
    "reject": "謝絶",
    "withdraw": "取下げ",
    "reschedule_billing": "課金開始日の変更",
    "notify_cancellation": "解約通知",
    "revoke_cancellation": "解約通知の撤回",
    "start_billing": "課金開始",
    "terminate": "終了",
}
STATES = {
    "applied": "申込",
    "accepted": "承諾済み",
    "billing": "課金中",
    "cancel_notified": "解約予定",
    "terminated": "終了",
    "rejected": "謝絶",
    "withdrawn": "取下げ",
}
DECIDED_BY = {
    "notice_period": "通知期間",
    "chosen_day": "お客様の指定日",
    "minimum_term": "最低利用期間",
    "base_contract": "契約本体の終了",
    "company": "当社による終了",
    "agreement": "合意による終了",
}
ITEMS = {"basic": "ベーシック", "premium": "プレミアム"}

DAY = BilingualText("Day", "日")
EVENT = BilingualText("Event", "内容")
BY = BilingualText("By", "区分")
ARTICLE = BilingualText("Article", "条項")
REASON = BilingualText("Reason", "理由")
CLOCK = BilingualText("clock", "自動")
DESK = BilingualText("desk", "入力")
ENTERED_LATE = BilingualText("entered late: {day}", "{day}に入力")
FIRED_LATE = BilingualText("fired late: {day}", "{day}に処理")
QUOTED = BilingualText("“{text}”", "「{text}」")
REFUSED = BilingualText("REFUSED: {event}", "拒否：{event}")
PLAYING = BilingualText("Playing fifteen months", "15ヶ月間の経過を再現中")
COLON = BilingualText(": ", "：")
CONTRACT = BilingualText("Contract", "契約")
OPTION = BilingualText("DRM option", "DRMオプション")
BILLS_FROM = BilingualText("billing from {day}", "課金開始日 {day}")
TERM = BilingualText("minimum term to {day}", "最低利用期間の満了日 {day}")
LAST_DAY = BilingualText("last day {day}, decided by the {by}", "最終利用日 {day}（根拠：{by}）")
CUT = BilingualText("{days} days cut off its minimum term", "最低利用期間の短縮日数 {days}日")
VERIFIED = BilingualText(
    "{contracts} contracts, {refusals} refusals. All {chains} hash chains verify: {rows} history rows, "
    "each one bound to the row before.",
    "契約{contracts}件、拒否{refusals}件。"
    "ハッシュチェーン{chains}本（履歴{rows}行）をすべて検証しました。改ざんはありません。",
)
KEPT = BilingualText("Look around: lifecycle serve --sandbox --database-url {url}",
            "続きを見るには：lifecycle serve --sandbox --database-url {url}")  # fmt: skip


def name_of(name: str, japanese: dict[str, str], lang: StoryLanguage) -> str:
    """An event, a state or a cause in words."""
    english = name.replace("_", " ")
    return japanese.get(name, english) if lang == "ja" else english


def day_name(day: date | None, lang: StoryLanguage) -> str:
    """A day as the language writes it."""
    return japanese_day(day) if day and lang == "ja" else str(day)


def article_name(cited: str, lang: StoryLanguage) -> str:
    """An article as the language cites it: Art. 5(3), 第5条第3項."""
    if lang == "en":
        return cited
    cited = re.sub(r"Art\. (\d+)", r"第\1条", cited)
    cited = re.sub(r"\((\d+)\)", r"第\1項", cited)
    cited = re.sub(r"Annex (\d+)", r"別紙\1", cited)
    return cited.replace("Supplementary provisions", "附則").replace("House rule", "社内規則").replace(", ", "、")
