"""A real browser: Debian's Chromium, driven by Playwright, against a gateway that serves in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from gateway.app import Gateway
from gateway.web import listening
from tests.programs import require_program
from tests.reader import PASSWORD
from tests.waiting import PATIENCE

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
"""Milliseconds."""
WIDE = {"width": 1280, "height": 860}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; the test ends here where there is none."""
    program = require_program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


class Seat:
    """Somebody at a browser; what goes wrong on a page, or comes from elsewhere, is kept."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console", lambda told: self.complaints.append(told.text) if told.type == "error" and "status of" not in told.text else None
        )
        page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else self.complaints.append(f"asked {asked.url}"))

    def open(self, path: str) -> Page:
        """A page of the console."""
        self.page.goto(self.address + path)
        return self.page

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        """By the front door."""
        self.open("/login")
        self.page.get_by_label("User").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_load_state()

    def barriers(self, rules: Sequence[str] = ()) -> list[str]:
        """What axe finds on the page that is open: each rule that is broken, and where; all rules, or these."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text())
        wanted = {"type": "rule", "values": list(rules)} if rules else RULES
        found: dict[str, Any] = self.page.evaluate("wanted => axe.run(document, {runOnly: wanted, resultTypes: ['violations']})", wanted)
        return [f"{it['id']}: {node['target']} {node['failureSummary']}" for it in found["violations"] for node in it["nodes"]]


@contextmanager
def seat(gateway: Gateway, browser: Browser) -> Iterator[Seat]:
    """A browser before a gateway that listens; nothing may have gone wrong on any page at the end."""
    with listening(gateway, gateway.node()) as address:
        assert address is not None
        context = browser.new_context(viewport=WIDE, locale="en-US")  # type: ignore[arg-type]  # a plain dictionary
        try:
            here = Seat(context.new_page(), address)
            yield here
            assert here.complaints == []
        finally:
            context.close()
