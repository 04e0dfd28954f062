"""The page on a poor network, behind a proxy, and while the service is away."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from samples.demo import free_port, server
from tests.page.showing import show

GUNICORN = ("gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")
SLOW = {
    "offline": False,
    "latency": 500,
    "downloadThroughput": 15_000,
    "uploadThroughput": 15_000,
}  # ms, bytes a second


@pytest.mark.slow
def test_a_page_that_does_not_come_says_what_to_do(open_page, address):
    page = open_page(address, allowed=["ERR_FAILED", "Failed to fetch"])
    page.route("**/ui/words/*", lambda route: route.abort())
    page.reload()
    expect(page.get_by_text("Loading…")).to_be_visible()
    expect(page.get_by_text("正在加载")).to_be_visible()


def test_a_service_that_stops_in_between_is_told_and_tried_again(open_page, address):
    page = open_page(address, "tls", allowed=["ERR_INTERNET_DISCONNECTED"])
    expect(page.locator("section.tls h1")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("link", name="Video").click()
    section = page.locator("section.video")
    expect(section.get_by_role("alert")).to_contain_text("does not answer")
    page.get_by_label("Language").select_option("中文")
    expect(page.get_by_label("Language")).to_have_value("en")
    page.context.set_offline(False)
    page.get_by_label("Language").select_option("中文")
    expect(section.get_by_role("heading", level=1)).to_have_text("视频")
    page.context.set_offline(True)
    page.get_by_role("link", name="本机摄像头").click()
    expect(page.locator("section.camera").get_by_role("alert")).to_contain_text("没有应答")
    page.context.set_offline(False)
    page.get_by_role("button", name="重试").click()
    expect(page.locator("section.camera h1")).to_be_visible()


@pytest.mark.slow
def test_what_is_open_goes_on_when_the_service_is_back(open_page, tmp_path):
    port = free_port()
    environment = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WORKERS": "1",
        "LOG_LEVEL": "error",
        "VIDEO_DIR": str(tmp_path),
    }
    with server(GUNICORN, port, "/readyz", environment) as running:
        page = open_page(running.address, allowed=["ERR_CONNECTION_REFUSED"])
        show(page, "video")
        show(page, "state")
        expect(page.get_by_text("lightweight-site")).to_be_visible()
    expect(page.locator("section.state").get_by_text("The service does not answer.")).to_be_visible()
    page.get_by_role("link", name="Webcam").click()
    expect(page.locator("section.camera").get_by_role("alert")).to_contain_text("does not answer")
    show(page, "video")
    expect(page.locator("section.video").get_by_role("alert")).to_contain_text("does not answer")
    with server(GUNICORN, port, "/readyz", environment):
        expect(page.locator("section.video").get_by_role("alert")).to_have_count(0)
        show(page, "camera")
        show(page, "state")
        expect(page.locator("section.state").get_by_text("Everything works.")).to_be_visible()


@pytest.mark.slow
def test_a_slow_network_shows_that_something_comes(open_page, address):
    page = open_page(address)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.emulateNetworkConditions", SLOW)
    page.reload(wait_until="commit")
    expect(page.get_by_text("Loading…")).to_be_visible()
    expect(page.get_by_role("navigation")).to_be_visible()
    expect(page.locator("section.picture[aria-busy=true]")).to_be_visible()
    expect(page.locator("section.picture h1")).to_be_visible()


@pytest.mark.slow
def test_all_tabs_work_below_a_path_of_a_proxy(open_page, below_a_path):
    page = open_page(below_a_path, "picture", permissions=["camera"])
    page.locator(".samples button").first.click()
    expect(page.locator("section.picture .verdicts [data-person]")).to_have_count(2)
    show(page, "video")
    expect(page.get_by_text("There are no videos yet.")).to_be_visible()
    show(page, "state")
    expect(page.get_by_text("lightweight-site")).to_be_visible()
    show(page, "camera")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_role("listitem").filter(has_text="Person 1")).to_be_visible()
