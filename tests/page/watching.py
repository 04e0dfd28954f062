"""The page in contexts of a browser, and all that goes wrong in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

INSECURE_HOST: Final = "cameras.test"  # leads to 127.0.0.1, where browsers do not allow cameras without TLS
_TELL_OF_VIOLATIONS: Final = """
addEventListener("securitypolicyviolation", ({violatedDirective, blockedURI}) =>
    console.error(`Content-Security-Policy: ${violatedDirective} forbids ${blockedURI}`))
"""


class Watched:
    """Contexts of the browser, and all that went wrong in their pages."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.troubles: list[str] = []

    def open_page(
        self,
        address: str,
        tab: str = "",
        *,
        lang: str = "en-GB",
        size: tuple[int, int] = (1280, 800),
        dark: bool = False,
        reduced_motion: bool = False,
        allowed: Sequence[str] = (),
        **options: Any,
    ) -> Page:
        """The page at this tab, as a new visitor sees it.

        allowed: parts of the texts of messages that the test provokes, such as "422" for a refusal. options: those of
        `Browser.new_context`, such as `permissions=["camera"]` or `has_touch=True`.
        """
        context = self._browser.new_context(
            locale=lang,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if reduced_motion else "no-preference",
            **options,
        )
        self._contexts.append(context)
        self._watch(context, urlsplit(address).netloc, allowed)
        page = context.new_page()
        page.goto(f"{address}/ui#{tab}" if tab else f"{address}/ui")
        return page

    def close(self) -> None:
        """Close all contexts: what their pages did last is told, too."""
        for context in self._contexts:
            context.close()

    def _watch(self, context: BrowserContext, place: str, allowed: Sequence[str]) -> None:
        def tell(trouble: str) -> None:
            if not any(part in trouble for part in allowed):
                self.troubles.append(trouble)

        def check(url: str) -> None:
            if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).netloc != place:
                tell(f"asked elsewhere: {url}")

        context.add_init_script(_TELL_OF_VIOLATIONS)
        context.on("console", lambda message: tell(f"{message.text} {message.location['url']}"))
        context.on("weberror", lambda error: tell(str(error.error)))
        context.on("request", lambda request: check(request.url))
        context.on("page", lambda page: page.on("websocket", lambda socket: check(socket.url)))
