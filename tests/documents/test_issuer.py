"""The issuer of documents: set completely or not at all, shown on pages and in the PDF."""

import pytest
import typer

from api.request.issuer import Issuer
from lifecycle.cli.issuer import issuer_of
from tests.documents.contents import ISSUER
from tests.pages.browsing import Browser


def test_an_issuer_has_a_name_an_address_and_a_contact() -> None:
    assert issuer_of(None, None, None) is None and issuer_of("", "", "") is None
    assert issuer_of("株式会社配信事業", "東京都", "窓口") == Issuer("株式会社配信事業", "東京都", "窓口")
    for given in (("A", None, None), ("A", "B", ""), (None, "B", "C")):
        with pytest.raises(typer.BadParameter, match="a paper shows name, address and contact"):
            issuer_of(*given)


def test_the_print_page_shows_the_issuer_and_a_live_service_names_a_missing_one(browser: Browser) -> None:
    contract = browser.desk.accepted()
    context, address = browser.desk.context, f"/contracts/{contract['id']}/papers/acceptance"
    assert "見本" in browser.look(address).text
    context.sandbox = False
    refused = browser.look(address, 409).text
    assert "書面の発行者が設定されていません" in refused and "LIFECYCLE_ISSUER_NAME" in refused
    context.issuer = ISSUER
    shown = browser.look(address).text
    assert all(part in shown for part in (ISSUER.name, ISSUER.address, ISSUER.contact)) and "見本" not in shown
