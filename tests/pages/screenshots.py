"""Draws the images of docs/screenshots: `.venv/bin/python -m tests.pages.screenshots`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page

from tests.api.desk import Desk
from tests.docs.pages import ROOT
from tests.pages.chromium import opened, visiting
from tests.pages.test_desk_day import CUSTOMER, WISHED, file_of, serving

FOLDER = ROOT / "docs" / "screenshots"
WIDTHS = (1280, 390)
WIDE_ALONE = ("contracts", "waiting", "month", "audit")  # lists: drawn for the handbook, at the first width
COLOURS = 64  # more than the pages have, but for the edges of letters


def filled(desk: Desk) -> str:
    """A desk with something on it; the path of the contract that is shown."""
    first = desk.accepted(reference="OD-2022-0001", customer={"name": CUSTOMER}, received_on="2022-04-20")
    option = desk.apply_for_option(first, reference="OD-2022-0001-D")
    desk.accept(option)
    names = ("ﾃｽﾄ放送株式会社", "有限会社さくら映像", "アオゾラ・メディア合同会社")
    others = [
        desk.accepted(reference=f"OD-2022-{n:04}", customer={"name": name}) for n, name in enumerate(names, 2)
    ]
    domain = {"name": "video.example.jp", "acquired": True, "dns_registered": False}
    desk.accepted(reference="OD-2022-0005", delivery={"custom_domain": domain, "https": False})
    desk.move_to("2022-06-11")
    desk.apply(reference="OD-2022-0006", customer={"name": "髙橋企画㈱"}, received_on="2022-06-10")
    outage = desk.post(
        "/v1/outages",
        {"known_at": "2022-06-08T08:00:00+09:00", "source": "自社監視", "attributable": True,
         "contracts": "all"}, 201,
    )  # fmt: skip
    desk.post(f"/v1/outages/{outage['id']}/recover", {"recovered_at": "2022-06-10T10:00:00+09:00"})
    desk.do(others[0], "notify_cancellation", arrived_on="2022-06-10")
    desk.do(others[1], "notify_cancellation", arrived_on="2022-05-20", reason="郵送の到着")
    return f"/contracts/{first['id']}"


def checked(page: Page) -> None:
    """Gives in a file with an error, to be checked."""
    rows = [WISHED | {"reference": f"OD-2022-01{n:02}", "options.0.reference": ""} for n in range(4)]
    rows[2] |= {"received_on": "2022/4/31", "item": "プレミア"}
    page.get_by_label("ファイル（CSV または XLSX）").set_input_files(file_of(*rows))
    page.get_by_role("button", name="確かめる（保存しない）").click()
    page.locator("#taken td").last.wait_for()


def keep(page: Page, name: str, folder: Path) -> None:
    """One picture, small."""
    raw = folder / name
    page.screenshot(path=str(raw))
    Image.open(raw).convert("RGB").quantize(COLOURS).save(FOLDER / name, optimize=True)


def main() -> None:
    """Each picture at both widths."""
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as at, opened() as browser:
        folder = Path(at)
        with serving(folder / "log", "2022-04-22T09:00:00+09:00") as server:
            here = filled(server.desk())
            shown = {
                "today": "/?days=31",
                "contract": here,
                "notice": f"{here}/notify_cancellation?arrived_on=6/10",
                "import": "/import",
                "contracts": "/contracts?ends_from=2022-07-01&ends_to=2022-07-31",
                "waiting": "/waiting",
                "month": "/months/2022-05",
                "audit": "/audit/why?of=OD-2022-0002",
                "paper": f"{here}/papers/statement-2022-06",
            }
            for width in WIDTHS:
                with visiting(browser, server.address, viewport={"width": width, "height": 1000}) as page:
                    for name, path in shown.items():
                        if name in WIDE_ALONE and width != WIDTHS[0]:
                            continue
                        page.goto(path)
                        if name == "import":
                            checked(page)
                        keep(page, f"{name}-{width}.png", folder)


if __name__ == "__main__":
    main()
