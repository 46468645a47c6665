"""The page on documents: every address on it gives the documented answer."""

import re
from urllib.parse import unquote

from tests.api.desk import Desk
from tests.api.situations import contract_in
from tests.docs.pages import ROOT, text

PAGE = text(ROOT / "docs" / "how-to" / "papers.md")
BEGINS = {"pdf": b"%PDF-", "xlsx": b"PK\x03\x04", "csv": b"\xef\xbb\xbf"}


def test_every_address_of_the_page_gives_the_file_it_is_saved_as(desk: Desk) -> None:
    contract = contract_in(desk, "cancel_notified", "no other notice stands and billing has begun")
    asked = re.findall(r'"\$AT(\S+)" -o \w+\.(\w+)$', PAGE, re.MULTILINE)
    assert len(asked) == 5
    for address, form in asked:
        answer = desk.client.get(address.replace("$ID", contract["id"]))
        assert answer.status_code == 200, unquote(address)
        assert answer.content.startswith(BEGINS[form])
