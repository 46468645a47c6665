"""How a customer is addressed: 御中 for companies and other bodies, 様 for people."""

import re
import unicodedata

from api.messages.catalogue import Language

_BODIES = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|相互会社|法人|財団|社団|組合|連合会|商工会|協会|協議会|委員会|学会|機構|公社|公団"
    r"|大学|学校|学園|学院|研究所|病院|医院|診療所|新聞社|放送局|出版社|事務所|事業部|本舗|商店|商会|製作所"
    r"|\((?:株|有|同|資|名|相|一社|公社|一財|公財|学|医|福|特非|独|宗)\)"
    r"|(?:省|庁|県|府|都庁|道庁|市|区|町|村|役所|役場|署|局|部|課|室|館|園|団|社)$"
    r"|\b(?:co|corp|inc|ltd|llc|llp|plc|gmbh|ag|k\.?k|corporation|company|limited|university|foundation|association)\b\.?",
    re.IGNORECASE,
)


def is_body(name: str) -> bool:
    """Whether a name is that of a company or another organisation, as far as the name shows."""
    return _BODIES.search(unicodedata.normalize("NFKC", name).strip()) is not None


def addressed(name: str, language: Language) -> str:
    """Return the name as the addressee line of a letter; empty for no name."""
    if not name:
        return ""
    if language == "en":
        return f"To {name}"
    return f"{name} {'御中' if is_body(name) else '様'}"
