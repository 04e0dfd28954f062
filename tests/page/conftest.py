"""A real browser for the tests of the page; it reaches this machine alone, and its camera shows a sample picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.page.watching import INSECURE_HOST, Watched

_FLAGS: Final = (
    "--no-sandbox",  # CI's user is root
    f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--use-fake-device-for-media-stream",
)
# How long the page takes is no failure: other work on the machine decides it.
expect.set_options(timeout=30_000)


# Of the package, not of the session: until Playwright ends, its loop runs in this thread, where others want theirs.
@pytest.fixture(scope="package")
def browser(chromium: str, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium; each test gets contexts of its own from `open_page`."""
    camera = tmp_path_factory.mktemp("camera") / "site_two.mjpeg"
    camera.write_bytes((root / "samples" / "site_two.jpg").read_bytes())
    flags = [*_FLAGS, f"--use-file-for-fake-video-capture={camera}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`Watched.open_page`; the test fails on messages in the console, violations of the CSP and requests elsewhere."""
    watched = Watched(browser)
    yield watched.open_page
    watched.close()
    assert not watched.troubles, "\n".join(watched.troubles)


@pytest.fixture(scope="session")
def no_axe_violations() -> Callable[[Page], None]:
    """Asserts that axe-core finds nothing wrong in the page as it is now."""

    def check(page: Page) -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        # preload: copies of imported styles, which the page's policy forbids; for one rule, about locked orientations.
        results = AxeResults(page.evaluate("axe.run({preload: false, resultTypes: ['violations']})"))
        assert results.violations_count == 0, results.generate_report()

    return check
