"""The camera tab: a browser's camera that shows a sample, judged live by a real service, and all that can go wrong."""

from __future__ import annotations

import re
import subprocess

import pytest
from playwright.sync_api import expect

from samples.demo import free_port, service
from samples.live_connection import live
from tests.nginx import running_nginx
from tests.page.showing import NAMES, SAID
from tests.page.watching import INSECURE_HOST, Watched
from tests.serving.test_workers import metrics_of, until

BARE = "2 people, 1 without a helmet"


def open_camera(open_page, address, **options):
    return open_page(address, "camera", permissions=["camera"], **options)


def start(page):
    page.get_by_role("button", name="Start the camera").click()


def stop(page):
    """Before its service stops, which the page would tell."""
    page.get_by_role("button", name="Stop the camera").click()


def judged_picture(page):
    return page.get_by_role("img", name="The judged picture")


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
    expect(bare).to_contain_text(
        re.compile(r"No helmet\s*since \d+:\d\d:\d\d\s*This picture alone: No helmet, \d+%\. The head")
    )
    expect(page.locator("svg.people .label")).to_have_count(2)
    expect(figure(page, "judged")).to_have_text(re.compile(r"^(?!0 ).+ per second"))
    expect(figure(page, "latency")).to_have_text(re.compile(r"\d ms"))
    no_axe_violations(page)
    page.get_by_label("Language").select_option("中文")
    expect(page.get_by_role("status").filter(has_text="2 人，1 人未戴安全帽")).to_be_visible()
    assert set(re.findall(r"[A-Za-z][A-Za-z]+", page.evaluate(SAID))) - NAMES == set()
    track = page.evaluate_handle("document.querySelector('video').srcObject.getTracks()[0]")
    page.get_by_role("link", name="运行状态").click()
    assert track.evaluate("track => track.readyState") == "ended"
    until(lambda: live_clients(address) == 0)


FAILURES = {
    "NotAllowedError": "The browser may not use the camera.",
    "NotFoundError": "There is no camera.",
    "NotReadableError": "The camera is in use.",
    "TypeError": "The camera cannot be started.",
}
FAIL = "name => navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('so it is', name))"


@pytest.mark.slow
def test_a_camera_that_does_not_start_says_why(open_page, no_axe_violations, address):
    page = open_page(address, "camera")
    start(page)  # the browser refuses of itself, as nobody allows it
    expect(page.get_by_role("alert")).to_contain_text(FAILURES["NotAllowedError"])
    no_axe_violations(page)
    for name, told in FAILURES.items():
        page.evaluate(FAIL, name)
        start(page)
        expect(page.get_by_role("alert")).to_contain_text([re.compile(f"{re.escape(told)}.*so it is", re.S)])


def test_a_page_without_tls_says_why_it_has_no_camera_and_what_to_do(open_page, no_axe_violations, address):
    page = open_page(address.replace("127.0.0.1", INSECURE_HOST), "camera")
    expect(page.get_by_role("alert")).to_contain_text("Browsers give no camera to this page.")
    no_axe_violations(page)
    page.get_by_role("alert").get_by_role("link").press("Enter")
    expect(page.get_by_role("heading", name="A camera needs HTTPS")).to_be_visible()
    expect(page.locator("section.tls")).to_contain_text(f"DNS:{INSECURE_HOST}")


PACE = """async (rate) => {
    const {FIRST_PACE, afterAnswer, afterFrame, dueAt, figures} = await import("./ui/tabs/camera/pace.js");
    const answer = (seq, dropped) => ({seq, dropped, people: [], quality_hint: {rate, jpeg_quality: 65}});
    const paces = [FIRST_PACE];
    const then = (step, ...about) => paces.push(step(paces.at(-1), ...about));
    then(afterFrame, 0, 1000);
    then(afterFrame, 1, 2000);
    then(afterAnswer, answer(0, 0), 2100);
    then(afterFrame, 2, 2250);
    then(afterAnswer, answer(2, 1), 2600);
    return [paces.map(dueAt), figures(paces.at(-1), 2600)];
}"""


def test_frames_follow_the_hint_and_at_most_two_are_unanswered(open_page, address):
    due, figures = open_page(address, "tls").evaluate(PACE, 4)
    assert due == [0, 2000, None, 2250, None, 2500]
    assert figures == {"sentPerS": 1.6, "judgedPerS": 2, "latencyMs": 1100, "dropped": 1}


# The code with which a stream ended, the status of the refusal before it, and how many tries had failed.
PAUSES = {
    (1001, None, 0): 1,
    (1006, None, 3): 8,
    (1006, None, 99): 30,
    (1008, None, 0): 1,  # a message that was too slow
    (1008, 401, 0): None,
    (1008, 403, 0): None,
    (1013, 429, 5): 10,
    (1013, 503, 0): 10,
}
PAUSE = """async (ends) => {
    const {pauseAfter} = await import("./ui/tabs/camera/live_socket.js");
    return ends.map(([code, status, tries]) => pauseAfter(code, status && {status}, tries));
}"""


def test_a_stream_that_ended_is_tried_again_later_and_later_unless_that_is_of_no_use(open_page, address):
    assert open_page(address, "tls").evaluate(PAUSE, [list(end) for end in PAUSES]) == list(PAUSES.values())


@pytest.mark.slow
def test_a_full_service_is_told_and_tried_again(open_page, no_axe_violations):
    with service(WORKERS="1", LIVE_MAX="1") as running:
        page = open_camera(open_page, running.address, size=(360, 740))
        with live(running.address, "gate-3") as other:
            other.receive()
            start(page)
            expect(page.get_by_role("alert")).to_contain_text("all its places are taken")
            expect(page.get_by_text(re.compile(r"It is tried again in \d+ seconds?\."))).to_be_visible()
            no_axe_violations(page)
        expect(page.get_by_role("status").filter(has_text=BARE)).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        stop(page)


@pytest.mark.slow
def test_a_service_that_stops_is_told_and_the_stream_goes_on_when_it_is_back(open_page):
    port = str(free_port())
    with service(WORKERS="1", PORT=port) as running:
        page = open_camera(open_page, running.address, allowed=["ERR_CONNECTION_REFUSED"])
        start(page)
        expect(judged_picture(page)).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("stops, or starts anew|no connection"))
    expect(judged_picture(page)).to_have_count(0)
    with service(WORKERS="1", PORT=port):
        expect(page.get_by_role("status").filter(has_text=BARE)).to_be_visible()


@pytest.mark.slow
def test_a_frame_that_cannot_be_judged_is_told_and_the_next_one_is_sent(open_page):
    with service(WORKERS="1", DEADLINE_S="0.001") as running:
        page = open_camera(open_page, running.address)
        start(page)
        expect(page.get_by_role("alert")).to_contain_text("the service is very busy")
        until(lambda: metrics_of(running.address)[("helmet_live_frames_total", ("outcome", "refused"))] > 2)
        stop(page)


HIDE = """isHidden => {
    Object.defineProperty(document, "hidden", {value: isHidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.slow
def test_a_page_that_is_not_seen_sends_nothing_and_goes_on_when_it_is_seen(open_page, address):
    page = open_camera(open_page, address)
    start(page)
    expect(page.get_by_role("status").filter(has_text=BARE)).to_be_visible()
    page.evaluate(HIDE, True)
    expect(figure(page, "sent")).to_have_text(re.compile("0.[12] per second"))  # seconds after the last frame
    assert live_clients(address) == 1
    page.evaluate(HIDE, False)
    expect(figure(page, "sent")).to_have_text(re.compile("[1-9].* per second"))


SHOWN = "document.querySelector('video').srcObject.getVideoTracks()[0].getSettings().deviceId"


@pytest.mark.slow
def test_another_camera_is_chosen(browser, chromium, address):
    flags = ["--no-sandbox", "--use-fake-device-for-media-stream=device-count=2"]
    with browser.browser_type.launch(executable_path=chromium, args=flags) as two_cameras:
        watched = Watched(two_cameras)
        page = open_camera(watched.open_page, address)
        start(page)
        choice = page.get_by_role("combobox", name="Camera")
        expect(choice.get_by_role("option")).to_have_count(2)
        before = page.evaluate(SHOWN)
        expect(choice).to_have_value(before)
        [other] = {option.get_attribute("value") for option in choice.get_by_role("option").all()} - {before}
        choice.select_option(other)
        expect(judged_picture(page)).to_be_visible()
        assert choice.input_value() == page.evaluate(SHOWN) == other
        watched.close()
        assert watched.troubles == []


def over_tls(deploy, folder, service_port, ports):
    """deploy/nginx.conf, with nginx-tls.conf beside its `listen` as its comment says, for a service on this port.

    ports: those to listen on in place of 80 and 443.
    """
    tls = (deploy / "nginx-tls.conf").read_text().replace("443", f"127.0.0.1:{ports[1]}")
    (folder / "nginx-tls.conf").write_text(tls.replace("/etc/nginx/helmet", str(folder)))
    plain = f"listen 127.0.0.1:{ports[0]};"
    listens = f"{plain} include {folder}/nginx-tls.conf;"
    return (deploy / "nginx.conf").read_text().replace("24417", service_port).replace("listen 80;", listens)


def make_certificate(page, folder):
    """By the command of the page's help."""
    page.goto(page.url.replace("#camera", "#tls"))
    command = page.locator("section.tls pre").filter(has_text="openssl").inner_text()
    subprocess.run(command.replace("/etc/nginx/helmet", str(folder)), shell=True, check=True, capture_output=True)


KEY = "gate-three-7Yt0pQ2xLw"


def sign_in(page):
    page.get_by_label("API key").fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.fixture
def locked(tmp_path):
    """A service behind a proxy that wants a key."""
    keys = tmp_path / "keys"
    keys.write_text(KEY)
    with service(WORKERS="1", TRUSTED_PROXIES="1", API_KEYS_FILE=str(keys)) as running:
        yield running


@pytest.mark.slow
def test_behind_nginx_with_tls_a_page_has_a_camera(open_page, locked, nginx, root, tmp_path):
    plain = open_page(locked.address.replace("127.0.0.1", INSECURE_HOST), "camera")
    make_certificate(plain, tmp_path)
    ports = free_port(), free_port()
    http = over_tls(root / "deploy", tmp_path, locked.address.rpartition(":")[2], ports)
    with running_nginx(nginx, tmp_path, http, f"http://127.0.0.1:{ports[0]}/readyz"):
        page = open_camera(open_page, f"https://{INSECURE_HOST}:{ports[1]}", ignore_https_errors=True)
        sign_in(page)
        [cookie] = page.context.cookies()
        assert cookie["secure"]
        start(page)
        expect(judged_picture(page)).to_be_visible()
        stop(page)


@pytest.mark.slow
def test_a_camera_whose_session_has_ended_leads_to_the_form_for_keys(open_page, locked):
    page = open_camera(open_page, locked.address, allowed=["401"])
    sign_in(page)
    page.context.clear_cookies()
    start(page)
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(judged_picture(page)).to_have_count(0)
    sign_in(page)
    start(page)
    expect(judged_picture(page)).to_be_visible()
    stop(page)
