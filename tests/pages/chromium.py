"""A real sandbox service and a real browser; without an installed browser the tests skip, or fail if required."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.api.desk import TOKEN

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first is the lightest
LOOK_MS = 60_000  # to wait for what is to appear; a busy machine takes its time
UNUSED = ("RenderDocument", "SpareRendererForSitePerProcess", "PaintHolding", "HttpsUpgrades", "Translate")
FLAGS = (  # nothing is drawn for anybody, and all sites are one: few processes, which stay from page to page
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--no-zygote",
    "--renderer-process-limit=1",
    "--disable-extensions",
    "--disable-site-isolation-trials",
    f"--disable-features={','.join(UNUSED)}",
    "--enable-features=NetworkServiceInProcess2",
)
MUST = "BROWSER_NEEDED"
expect.set_options(timeout=LOOK_MS)


def chromium() -> str:
    """The browser's program. Skips where there is none; fails where one is needed."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        message = "no Chromium is installed: apt-get install chromium-headless-shell"
        if os.environ.get(MUST):
            pytest.fail(message)
        pytest.skip(message)
    return found


@contextmanager
def opened() -> Iterator[Browser]:
    """The browser, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, address: str, **settings: Any) -> Iterator[Page]:
    """A fresh visitor who has signed in; what goes wrong in the page's scripts goes wrong in the test."""
    context: BrowserContext = browser.new_context(base_url=address, locale="ja-JP", **settings)
    context.set_default_timeout(LOOK_MS)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto("/sign-in")
    page.fill("#token", TOKEN)
    page.click("main button")
    page.wait_for_url(f"{address}/")
    yield page
    context.close()
    assert [fault for fault in faults if not fault.startswith("Failed to load resource")] == []
