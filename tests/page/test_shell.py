"""What holds for all tabs: both languages, every size, dark and light, keyboard, motion and weight."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from samples.page import carried
from tests.page.showing import NAMES, SAID, Held, show

TABS = ("alarms", "cameras", "picture", "video", "camera", "state", "tls")
# Neither hidden, nor in an area that scrolls by itself.
STRAYED = """
(section) => {
    const {left, right, top} = section.getBoundingClientRect();
    const strays = (box) => box.width > 0 && (box.left < left || box.right > right || box.top < top);
    return [...section.querySelectorAll("*")]
        .filter((each) => !each.closest(".unseen, dialog, pre, [role=region][tabindex]"))
        .filter((each) => strays(each.getBoundingClientRect()))
        .map((each) => each.outerHTML.slice(0, 80));
}
"""
CONTROLS = "a[href], button, input, select, textarea, summary, video[controls], [tabindex='0']"
# Those that Tab stops at: of radio buttons of one name, one.
STOPS = f"""
[...document.querySelectorAll("{CONTROLS}")].filter((element) => element.checkVisibility({{visibilityProperty: true}})
    && !element.matches(":disabled, [tabindex='-1'], .unseen *")
    && !(element.type === "radio" && !element.checked && document.querySelector(`[name="${{element.name}}"]:checked`)))
"""
FOCUSED = """
(() => {
    const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
    return {
        stop: STOPS.indexOf(element), name: element.outerHTML.slice(0, 80),
        isMarked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        isSeen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
})()
""".replace("STOPS", STOPS.strip())


MOVING = """
[...document.querySelectorAll("*")].filter((element) => {
    const style = getComputedStyle(element);
    return [style.transitionDuration, style.animationDuration].some((times) => /[1-9]/.test(times));
}).map((element) => element.outerHTML.slice(0, 80))
"""


def test_no_tab_has_axe_violations_or_moves_for_those_who_want_less_motion(open_page, no_axe_violations, address):
    page = open_page(address, reduced_motion=True)
    for tab in TABS:
        show(page, tab)
        assert (tab, page.evaluate(MOVING)) == (tab, [])
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            no_axe_violations(page)


def test_no_tab_scrolls_sideways_or_covers_what_is_beside_it(open_page, address):
    page = open_page(address)
    for tab in TABS:  # the styles of those before stay
        show(page, tab)
        for width in (360, 768, 1280, 3840):
            page.set_viewport_size({"width": width, "height": 800})
            assert (tab, page.evaluate("document.documentElement.scrollWidth")) == (tab, width)
            assert (tab, page.locator(f"section.{tab}").evaluate(STRAYED)) == (tab, [])


def test_nothing_is_left_in_english_on_the_chinese_page(open_page, address):
    page = open_page(address, lang="zh-CN")
    for tab in TABS:
        show(page, tab)
        assert (tab, set(re.findall(r"[A-Za-z][A-Za-z]+", page.evaluate(SAID))) - NAMES) == (tab, set())


def test_another_language_is_chosen_and_remembered(open_page, address):
    page = open_page(address, lang="fr-FR")  # for which it has no words
    chinese = Held(page, "**/words/zh.json")
    page.get_by_label("Language").select_option("中文")
    with page.expect_response("**/words/en.json"):
        page.get_by_label("Language").select_option("English")
    chinese.release()
    expect(page.get_by_label("Language")).to_have_value("en")  # the last choice counts
    expect(page.get_by_role("link", name="Picture")).to_be_visible()
    page.get_by_label("Language").select_option("中文")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.reload()
    expect(page.get_by_role("link", name="图片")).to_be_visible()


def test_the_keyboard_reaches_every_control_and_the_focus_is_seen(open_page, address):
    page = open_page(address)
    for tab in TABS:
        show(page, tab)
        page.evaluate("document.activeElement.blur()")
        unreached = set(range(page.evaluate(f"{STOPS}.length")))
        presses = 2 * len(unreached) + 2
        while unreached and presses:
            page.keyboard.press("Tab")
            presses -= 1
            focused = page.evaluate(FOCUSED)
            if focused["stop"] in unreached:
                assert focused["isMarked"], focused
                assert focused["isSeen"], focused
                unreached.remove(focused["stop"])
        named = [page.evaluate(f"(stop) => {STOPS}[stop].outerHTML.slice(0, 80)", stop) for stop in unreached]
        assert (tab, named) == (tab, [])


def test_tabs_are_opened_and_left_by_keyboard(open_page, address):
    page = open_page(address)
    show(page, "picture")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("link", name="State").press("Enter")
    expect(page.locator("section.state h1")).to_be_visible()
    expect(page.locator("section.picture")).to_be_hidden()
    page.go_back()
    expect(page.locator("section.picture h1")).to_be_visible()


@pytest.mark.slow
def test_a_tab_that_is_left_while_it_loads_stays_shut(open_page, address):
    page = open_page(address)
    show(page, "picture")
    page.evaluate("for (const tab of ['state', 'video', 'state', 'video', 'picture', 'state']) location.hash = tab")
    expect(page.locator("main > section:visible h1")).to_have_text("State")
    show(page, "video")
    assert page.locator("main > section:visible").count() == 1
    assert page.locator("main > section").count() == 3


def test_a_first_visit_takes_less_than_100_kb(open_page, address):
    files, size = carried(open_page(address, "picture"))
    assert files > 10
    assert size < 100_000
