"""What tests do in the tab for pictures, and where they look."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page, expect

SAMPLES: Final = Path(__file__).parents[2] / "samples"
TWO: Final = SAMPLES / "site_two.jpg"
# Of the first person in it: her head, and her helmet.
HELD: Final = json.loads((SAMPLES / "scenes.json").read_text())["site_two.jpg"]["people"][0]
SUMMARY: Final = "1 of 2 people wears no helmet."


def summary(page: Page) -> Locator:
    return page.locator(".summary")


def row(page: Page, person: int) -> Locator:
    return page.locator(f'[data-person="{person}"]')


def box(page: Page, index: int) -> Locator:
    return page.locator(f'.boxes [data-index="{index}"]')


def take_sample(page: Page, name: str = "Sample: two people") -> None:
    page.get_by_role("button", name=name).click()
    expect(row(page, 0)).to_be_visible()


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the picture of 1280 pixels is in the window."""
    shown = page.locator(".stage img").bounding_box()
    scale = shown["width"] / 1280
    return shown["x"] + x * scale, shown["y"] + y * scale


def middle(edges: dict[str, int]) -> tuple[float, float]:
    return edges["left"] + edges["width"] / 2, edges["top"] + edges["height"] / 2


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*on_screen(page, *start))
    page.mouse.down()
    page.mouse.move(*on_screen(page, *end), steps=4)
    page.mouse.up()


def numbers(box: Locator) -> list[int]:
    """Left, top, width and height, as a screen reader hears them."""
    return [int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", box.get_attribute("aria-label"))][1:]
