"""The tab for pictures: what a person brings and does, and what the page makes of the service's answers."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.page.picture_steps import (
    HELD,
    SAMPLES,
    SUMMARY,
    TWO,
    box,
    drag,
    middle,
    numbers,
    on_screen,
    row,
    summary,
    take_sample,
)  # fmt: skip
from tests.page.showing import Held, show
from tests.page.watching import INSECURE_HOST

TRANSFER = """
([data, type, name]) => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, {type}));
    return transfer;
}
"""


# Whether a file that is dropped is left to the browser.
FALL = """dataTransfer => document.body.dispatchEvent(
    new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true}))"""


def transferred(page: Page, path: Path, mimetype: str = "image/jpeg"):
    return page.evaluate_handle(TRANSFER, [base64.b64encode(path.read_bytes()).decode(), mimetype, path.name])


def test_a_sample_shows_the_bare_head_although_a_helmet_lies_in_her_arm(open_page, address, no_axe_violations):
    page = open_page(address)
    take_sample(page)
    expect(summary(page)).to_contain_text(SUMMARY)
    expect(row(page, 0)).to_contain_text("A helmet is near, but not on the head.")
    expect(row(page, 1)).to_contain_text("A helmet is on the head.")
    expect(row(page, 1)).to_contain_text(re.compile(r"\d\d% sure"))
    expect(page.get_by_text("it is in a hand, or lies by a body.")).to_be_visible()
    no_axe_violations(page)

    row(page, 0).click()
    expect(page.locator(".person[data-selected]")).to_have_attribute("data-status", "no_helmet")
    page.mouse.click(*on_screen(page, 900, 500))
    expect(row(page, 1)).to_be_focused()
    expect(page.locator(".person[data-selected]")).to_have_attribute("data-status", "helmet")


def test_a_file_is_judged_by_what_the_service_sees_and_programs_can_ask_the_same(open_page, address, tmp_path):
    page = open_page(address, permissions=["clipboard-read", "clipboard-write"])
    picture = tmp_path / 'a worker\'s "picture".jpg'
    picture.write_bytes(TWO.read_bytes())
    page.locator("input[type=file]").set_input_files(picture)
    expect(summary(page)).to_contain_text(SUMMARY)
    expect(page.get_by_text("Decided by what the service sees itself.")).to_be_visible()

    page.get_by_text("For programs").click()
    page.get_by_role("button", name="Copy: Command").click()
    expect(page.get_by_role("status").get_by_text("Copied.")).to_be_attached()
    command = page.evaluate("navigator.clipboard.readText()")
    printed = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=True).stdout
    shown = json.loads(page.locator("[data-text=answer]").inner_text())
    assert [(each["status"], each["reason"]) for each in json.loads(printed)["people"]] == [
        (each["status"], each["reason"]) for each in shown["people"]
    ]

    with page.expect_download() as download:
        page.get_by_role("button", name="Download with verdicts").click()
    assert download.value.suggested_filename == "a worker's _picture_-verdicts.jpg"
    with Image.open(download.value.path()) as drawn:
        assert (drawn.format, drawn.size) == ("JPEG", (1280, 720))


@pytest.mark.slow
def test_a_picture_can_be_dropped_and_pasted_anywhere(open_page, address):
    page = open_page(address, permissions=["clipboard-read", "clipboard-write"])
    expect(page.locator(".sample")).to_have_count(3)
    page.get_by_role("button", name="Paste").click()
    expect(page.get_by_role("alert")).to_contain_text("There is no picture in the clipboard.")

    sample = Held(page, "**/site_far.jpg")
    page.get_by_role("button", name="Sample: five people").click()
    expect(page.get_by_role("progressbar", name="The picture is being loaded")).to_be_visible()
    transfer = transferred(page, TWO)
    page.dispatch_event("h1", "dragover", {"dataTransfer": transfer})
    expect(page.get_by_text("Drop the picture to have it judged")).to_be_visible()
    page.dispatch_event("h1", "drop", {"dataTransfer": transfer})
    expect(summary(page)).to_contain_text(SUMMARY)
    expect(page.get_by_text("Drop the picture to have it judged")).to_be_hidden()
    expect(page.get_by_role("alert")).to_have_count(0)
    sample.release()
    expect(page.get_by_role("img", name="The picture site_two.jpg")).to_be_visible()  # what was taken last stays

    paste = "clipboardData => document.dispatchEvent(new ClipboardEvent('paste', {clipboardData}))"
    page.evaluate(paste, transferred(page, SAMPLES / "portrait.jpg"))
    expect(page.get_by_text("The picture has 720 × 1,280 pixels.")).to_be_visible()
    show(page, "state")
    assert not page.evaluate(FALL, transfer)  # the browser does not open it in the page's place


@pytest.mark.slow
def test_hands_are_drawn_where_the_model_finds_them_and_somebody_asks(open_page, address, no_axe_violations):
    page = open_page(address)
    page.route("**/v1/info", lambda route: route.fulfill(json=finding_hands(route.fetch().json())))
    page.reload()
    with page.expect_response("**/v1/compliance") as without:
        take_sample(page)
    expect(page.locator(".hand")).to_have_count(0)
    points = [{"x": 400 + 4 * index, "y": 600 - 3 * index, "score": 0.9} for index in range(21)]
    box = {"left": 400, "top": 540, "width": 80, "height": 60}
    hand = {"person": 0, "side": "left", "score": 0.9, "box": box, "keypoints": points}
    answer = without.value.json() | {"hands": [hand]}
    page.route("**/v1/compliance", lambda route: route.fulfill(json=answer))
    with page.expect_request("**/v1/compliance"):
        page.get_by_label("Show hands").check()
    expect(page.locator(".hand .finger")).to_have_count(5)
    page.get_by_text("For programs").click()
    expect(page.locator("[data-text=request]")).to_contain_text('"hands"')
    no_axe_violations(page)


def finding_hands(info):
    """What the service says of itself where its model finds hands."""
    return info | {"model": info["model"] | {"finds_hands": True}}


def test_what_if_she_wore_her_helmet(open_page, address):
    page = open_page(address)
    take_sample(page)
    drag(page, middle(HELD["hat"]), middle(HELD["head"]))
    expect(summary(page)).to_contain_text("All 2 people wear a helmet.")
    expect(row(page, 0)).to_contain_text("Was: No helmet")
    expect(page.get_by_role("status").get_by_text("Person 0: Helmet. Was: No helmet")).to_be_attached()
    page.keyboard.press("Control+z")
    expect(summary(page)).to_contain_text(SUMMARY)


def test_boxes_are_drawn_moved_resized_and_deleted_by_mouse(open_page, address):
    page = open_page(address)
    page.locator("input[type=file]").set_input_files(TWO)
    expect(row(page, 1)).to_contain_text("no helmet on it")
    drag(page, (830, 330), (950, 400))
    expect(row(page, 1)).to_contain_text("A helmet is on the head.")
    expect(page.get_by_label("What decides")).to_have_value("hats")
    left, top, width, height = drawn = numbers(box(page, 0))
    assert drawn == pytest.approx([830, 330, 120, 70], abs=3)

    drag(page, (left + width, top + height), (left + width + 50, top + height + 20))
    assert numbers(box(page, 0)) == pytest.approx([left, top, width + 50, height + 20], abs=3)
    drag(page, middle({"left": left, "top": top, "width": width, "height": height}), (-500, -500))
    assert numbers(box(page, 0))[:2] == [0, 0]  # not out of the picture
    page.get_by_role("button", name="Undo").click()
    assert numbers(box(page, 0))[:2] == [left, top]
    box(page, 0).focus()
    page.get_by_role("button", name="Delete box").click()
    expect(page.locator(".boxes .box")).to_have_count(0)
    expect(page.get_by_label("What decides")).to_have_value("model")


@pytest.mark.slow
def test_a_finger_moves_boxes_and_draws_them_and_scrolls_elsewhere(open_page, address):
    page = open_page(address, size=(390, 500), has_touch=True, is_mobile=True)
    take_sample(page)
    finger = page.context.new_cdp_session(page)

    scrolled = []

    def swipe(start: tuple[float, float], end: tuple[float, float]) -> None:
        page.locator(".stage").evaluate("stage => stage.scrollIntoView({block: 'center'})")  # and stands still
        scrolled.append(page.evaluate("scrollY"))
        (x, y), (to_x, to_y) = on_screen(page, *start), on_screen(page, *end)
        finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in (0.25, 0.5, 0.75, 1):
            point = {"x": x + step * (to_x - x), "y": y + step * (to_y - y)}
            finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    swipe(middle(HELD["hat"]), middle(HELD["head"]))
    expect(summary(page)).to_contain_text("All 2 people wear a helmet.")
    assert page.evaluate("scrollY") == scrolled[0]
    swipe((900, 600), (900, 200))
    expect(page.locator(".boxes .box")).to_have_count(2)
    page.wait_for_function("before => scrollY > before + 20", arg=scrolled[1])
    page.get_by_role("button", name="Draw a box").tap()
    swipe((100, 300), (300, 500))
    assert numbers(box(page, 2)) == pytest.approx([100, 300, 200, 200], abs=8)


def test_the_keyboard_alone_leads_from_the_start_to_verdicts(open_page, address):
    page = open_page(address)
    expect(page.locator(".sample")).to_have_count(3)

    def tab_to(target: Locator) -> None:
        for _ in range(30):
            page.keyboard.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"expected the keyboard to come to {target}")

    tab_to(page.get_by_role("button", name="Sample: two people"))
    page.keyboard.press("Enter")
    expect(summary(page)).to_contain_text(SUMMARY)
    tab_to(box(page, 0))
    left, top, width, height = numbers(box(page, 0))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert numbers(box(page, 0)) == [left + 11, top, width, height + 11]
    expect(page.get_by_role("status").get_by_text("Helmet 0: left 434")).to_be_attached()
    page.keyboard.press("Escape")
    assert numbers(box(page, 0)) == [left, top, width, height]
    page.keyboard.press("Delete")
    expect(page.locator(".boxes .box")).to_have_count(1)
    page.keyboard.press("n")
    expect(box(page, 1)).to_be_focused()
    assert numbers(box(page, 1)) == [595, 315, 90, 90]  # in the middle
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    expect(page.get_by_role("button", name="Draw a box")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box(page, 0)).to_be_focused()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.locator(".boxes .box")).to_have_count(1)


@pytest.mark.slow
def test_without_tls_the_page_cannot_copy_and_selects_the_text(open_page, address):
    page = open_page(address.replace("127.0.0.1", INSECURE_HOST))
    take_sample(page)
    expect(page.get_by_role("button", name="Paste")).to_have_count(0)
    page.get_by_text("For programs").click()
    page.get_by_role("button", name="Copy: Command").click()
    expect(page.get_by_role("status").get_by_text("press Ctrl+C")).to_be_attached()
    assert page.evaluate("getSelection().toString()").startswith("curl -s 'http://cameras.test")


@pytest.mark.slow
def test_a_turned_picture_is_shown_and_judged_upright(open_page, address, tmp_path):
    turned = tmp_path / "turned.jpg"
    with Image.open(TWO) as upright:
        exif = upright.getexif()
        exif[0x0112] = 6  # to be turned by 90 degrees clockwise
        upright.transpose(Image.Transpose.ROTATE_90).save(turned, quality=92, exif=exif)
    page = open_page(address)
    page.locator("input[type=file]").set_input_files(turned)
    expect(summary(page)).to_contain_text(SUMMARY)
    expect(page.get_by_text("Turned upright by 90°, the picture has 1,280 × 720 pixels.")).to_be_visible()
    shown = page.locator(".stage img").bounding_box()
    assert shown["width"] / shown["height"] == pytest.approx(16 / 9, abs=0.01)
    expect(page.locator("svg.people")).to_have_attribute("viewBox", "0 0 1280 720")


@pytest.mark.slow
def test_a_small_phone_in_chinese(open_page, address, no_axe_violations):
    page = open_page(address, lang="zh-CN", size=(360, 640), dark=True)
    take_sample(page, "示例：较远处的五个人")
    expect(summary(page)).to_contain_text("5 人中有 2 人未戴安全帽。")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    no_axe_violations(page)
    page.get_by_label("语言").select_option("en")
    expect(summary(page)).to_contain_text("2 of 5 people wear no helmet.")


@pytest.mark.slow
def test_text_of_twice_the_size_has_room(open_page, address):
    page = open_page(address, size=(640, 800))
    take_sample(page)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.get_by_text("For programs").click()
    assert page.evaluate("document.documentElement.scrollWidth") == 640
