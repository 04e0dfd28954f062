"""The camera tab: a browser's camera that shows a sample, judged live by a real service, and all that can go wrong."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.page.watching import INSECURE_HOST
from tests.serving.test_workers import metrics_of, until

BARE = "2 people, 1 without a helmet"


def open_camera(open_page, address, **options):
    return open_page(address, "camera", permissions=["camera"], **options)


def live_clients(address):
    return metrics_of(address)[("helmet_live_clients",)]


def figure(page, name):
    return page.locator(f"[data-figure={name}]")


def test_a_camera_is_judged_live_until_its_tab_is_left(open_page, no_axe_violations, address):
    page = open_camera(open_page, address)
    page.get_by_role("button", name="Start the camera").press("Enter")
    expect(page.get_by_role("status").filter(has_text=BARE)).to_be_visible()
    expect(page.get_by_role("button", name="Stop the camera")).to_be_focused()
    bare = page.get_by_role("listitem").filter(has_text="Person 1")
    expect(bare).to_contain_text(re.compile(r"No helmet\s*since \d+:\d\d:\d\d\s*This picture alone: No helmet, .*\d%"))
    expect(page.locator("svg.people .label")).to_have_count(2)
    expect(figure(page, "judged")).to_have_text(re.compile(r"[1-9].* per second"))
    expect(figure(page, "latency")).to_have_text(re.compile(r"\d ms"))
    no_axe_violations(page)
    track = page.evaluate_handle("document.querySelector('video').srcObject.getTracks()[0]")
    page.get_by_role("link", name="State").click()
    assert track.evaluate("track => track.readyState") == "ended"
    until(lambda: live_clients(address) == 0)


FAILURES = {
    "NotAllowedError": "The browser may not use the camera.",
    "NotFoundError": "There is no camera.",
    "NotReadableError": "The camera is in use.",
    "TypeError": "The camera cannot be started.",
}
FAIL = "name => navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('so it is', name))"


def test_a_camera_that_does_not_start_says_why(open_page, no_axe_violations, address):
    page = open_page(address, "camera")
    start = page.get_by_role("button", name="Start the camera")
    start.click()  # the browser refuses of itself, as nobody allows it
    expect(page.get_by_role("alert")).to_contain_text(FAILURES["NotAllowedError"])
    no_axe_violations(page)
    for name, told in FAILURES.items():
        page.evaluate(FAIL, name)
        start.click()
        expect(page.get_by_role("alert")).to_contain_text([re.compile(f"{re.escape(told)}.*so it is", re.S)])
    expect(start).to_be_enabled()


def test_a_page_without_tls_says_why_it_has_no_camera_and_what_to_do(open_page, no_axe_violations, address):
    page = open_page(address.replace("127.0.0.1", INSECURE_HOST), "camera")
    expect(page.get_by_role("alert")).to_contain_text("Browsers give no camera to this page.")
    no_axe_violations(page)
    page.get_by_role("alert").get_by_role("link").press("Enter")
    expect(page.get_by_role("heading", name="A camera needs HTTPS")).to_be_visible()
    expect(page.locator("section.tls")).to_contain_text(f"DNS:{INSECURE_HOST}")
