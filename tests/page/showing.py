"""What several tests of the page do in it."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def show(page: Page, tab: str) -> None:
    """Open a tab, and wait until it is there."""
    page.goto(f"{page.url.partition('#')[0]}#{tab}")
    expect(page.locator(f"section.{tab} h1")).to_be_visible()
