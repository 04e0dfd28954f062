"""What several tests of the page do in it, and read of it."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

# What is the same in both languages.
NAMES = {
    "English", "API", "Ctrl", "JSON", "curl", "HTTP", "HTTPS", "TLS", "AVI", "MKV", "MOV", "MP", "WebM", "GB", "MB",
    "kB", "https", "localhost", "nginx", "Let", "Encrypt",
}  # fmt: skip
# All that a page says, to eyes and to screen readers.
SAID = """
[document.title, ...[...document.body.querySelectorAll("*")].flatMap((element) =>
    element.closest("[lang=en], [hidden], code, pre") ? [] : [
        ...[...element.childNodes].filter(({nodeType}) => nodeType === Node.TEXT_NODE).map(({data}) => data),
        ...["aria-label", "alt", "title", "placeholder"].map((name) => element.getAttribute(name) ?? ""),
    ])].join("\\n")
"""


def show(page: Page, tab: str) -> None:
    """Open a tab, and wait until it is there."""
    page.goto(f"{page.url.partition('#')[0]}#{tab}")
    expect(page.locator(f"section.{tab} h1")).to_be_visible()


class Held:
    """The next answer from this address (a pattern) does not come before it is released."""

    def __init__(self, page: Page, address: str) -> None:
        self._page = page
        self._address = address
        self._routes: list[Route] = []
        page.route(address, lambda route: self._routes.append(route), times=1)  # noqa: PLW0108  Playwright marks it

    def release(self) -> None:
        """Let the answer come; returns when the page has all of it."""
        with self._page.expect_response(self._address) as answer:
            self._routes.pop().continue_()
        answer.value.finished()
