"""The page of a service that needs a key: in, out, and what a browser lets other pages do meanwhile."""

from __future__ import annotations

import hashlib
import json
import re
from functools import partial

import pytest
from playwright.sync_api import expect

from samples.demo import service

KEY = "gate-three-7Yt0pQ2xLw"
NAME = hashlib.sha256(KEY.encode()).hexdigest()[:8]
SESSION = "**/ui/session"
PROBLEM = {"content_type": "application/problem+json", "body": json.dumps({"detail": "no"})}
IN = {
    "en-GB": ("Sign in", "API key", "The service does not know this key.", f"Key {NAME}, until ", "Sign out"),
    "zh-CN": ("登录", "API 密钥", "服务不认识该密钥", f"密钥 {NAME}，有效至", "退出登录"),
}
# Statuses of the service's answers, as a script of a page gets them; how a stream of its own begins, or ends.
READ = "path => fetch(path).then(answer => answer.status)"
SEND = """path => fetch(path, {
    method: "POST", credentials: "include", mode: "no-cors", body: new URLSearchParams({picture: "x"}),
}).then(answer => answer.type)"""
STREAM = """url => new Promise(done => {
    const stream = new WebSocket(url.replace("http", "ws"), "helmet");
    stream.onmessage = ({data}) => { done(JSON.parse(data).status); stream.close(); };
})"""


@pytest.fixture(scope="module")
def locked(tmp_path_factory, video_dir):
    """Where one worker lives that wants a key; it has no network, as nobody asks it to judge anything."""
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text(KEY)
    no_network = {"INPUT_HEIGHT": "32", "PRECISION": "f32", "LOG_LEVEL": "error"}
    asked = {"API_KEYS_FILE": str(keys), "VIDEO_DIR": str(video_dir), "VIDEO_FREE_MB": "0", "WORKERS": "1"}
    with service("/healthz", **asked, **no_network) as running:
        yield running.address


def sign_in(page, key=KEY):
    """As somebody does whose hands are on the keyboard: the field has the focus."""
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    page.keyboard.type(key)
    page.keyboard.press("Enter")


@pytest.fixture
def signed_in(open_page, locked):
    """Opens the page of one who has signed in."""

    def open_signed_in(tab="", allowed=("401", "503"), **options):
        page = open_page(locked, tab, allowed=allowed, **options)
        sign_in(page)
        expect(page.get_by_role("dialog")).to_be_hidden()
        return page

    return open_signed_in


@pytest.mark.parametrize(
    ("lang", "size", "dark"),
    [("en-GB", (360, 640), True), pytest.param("zh-CN", (1280, 800), False, marks=pytest.mark.slow)],
)
def test_in_and_out_with_the_keyboard_alone(open_page, no_axe_violations, locked, lang, size, dark):
    title, label, wrong, signed_in, out = IN[lang]
    page = open_page(locked, lang=lang, size=size, dark=dark, reduced_motion=True, allowed=["401", "503"])
    field = page.get_by_label(label)
    expect(page.get_by_role("dialog", name=title)).to_be_visible()
    sign_in(page, "guess")
    expect(page.get_by_role("alert").filter(has_text=wrong)).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    no_axe_violations(page)
    sign_in(page, f" {KEY} ")  # what is typed replaces the guess; blanks come with copied keys
    expect(page.get_by_role("status").filter(has_text=signed_in)).to_be_visible()
    expect(page.locator(".sources")).to_be_visible()
    no_axe_violations(page)
    assert page.evaluate("document.cookie") == ""  # HttpOnly
    page.get_by_role("button", name=out).press("Enter")
    expect(field).to_be_focused()
    assert page.context.cookies() == []
    page.keyboard.press("Escape")
    page.get_by_role("main").get_by_role("button", name=title).press("Enter")  # all that is there
    expect(field).to_be_focused()
    expect(page.locator(".sources")).to_have_count(0)


def test_a_session_that_ends_leaves_what_is_on_the_page(signed_in):
    page = signed_in("video")
    page.locator("input[type=file]").set_input_files({"name": "gate.mp4", "mimeType": "video/mp4", "buffer": b"x"})
    page.context.clear_cookies()
    page.get_by_role("button", name="Upload").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Your session has ended.")
    dialog.get_by_role("button", name="Not now").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Sign in").click()
    sign_in(page)
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("gate.mp4")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.get_by_role("button", name="Upload").click()
    assert answered.value.status == 503  # as there is no network


@pytest.mark.slow
def test_a_session_ends_by_the_clock_unless_there_is_a_new_one(open_page, locked):
    page = open_page(locked, "tls")
    page.clock.install()
    page.reload()
    page.get_by_role("button", name="Sign in").click()
    sign_in(page)
    expect(page.get_by_role("dialog")).to_be_hidden()
    with page.expect_response(SESSION):
        page.clock.fast_forward("08:00:02")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.context.clear_cookies()
    page.clock.fast_forward("08:00:02")
    expect(page.get_by_role("dialog")).to_contain_text("Your session has ended.")


def test_why_nobody_could_be_signed_in_or_out_is_said(open_page, locked):
    page = open_page(locked, allowed=["Failed to load resource"])
    told = page.get_by_role("alert")
    for answer, text in (
        (None, "The service does not answer."),
        ({"status": 403}, "A proxy in front of it must pass on the header Host."),
        ({"status": 429, "headers": {"Retry-After": "59"}}, "Too many requests in a short time. .*59 seconds"),
        ({"status": 503}, "The service cannot take this now."),
        ({"status": 200, "body": "{}"}, "The browser kept no cookie"),
    ):
        page.route(SESSION, partial(meet, "POST", answer))
        sign_in(page)
        expect(told).to_have_text(re.compile(text))
    page.unroute_all()
    sign_in(page)
    page.route(SESSION, partial(meet, "DELETE", None))
    page.get_by_role("button", name="Sign out").click()
    expect(told).to_have_text(re.compile("The service does not answer."))


def meet(method, answer, route):
    """Answer a call of this method so, None: not at all; the service answers others."""
    if route.request.method != method:
        route.continue_()
    elif answer is None:
        route.abort()
    else:
        route.fulfill(**PROBLEM | answer)


@pytest.mark.slow
def test_the_cookie_serves_the_own_page_alone(signed_in, locked, address):
    page = signed_in(allowed=["401", "403", "503", address], bypass_csp=True)
    page.reload()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert page.evaluate(READ, "v1/status") == 200
    assert statuses(page, locked) == (503, 503)  # let in, but there is no network
    page.goto(f"{address}/docs")  # another port: for cookies the same site
    assert statuses(page, locked) == (403, 403)  # not 401: the browser sends it


def statuses(page, locked):
    """What a form and a live stream get that the page sends with the cookie to the service."""
    with page.expect_response("**/get_body_box") as answered:
        page.evaluate(SEND, f"{locked}/get_body_box")
    return answered.value.status, page.evaluate(STREAM, f"{locked}/v1/live/gate-3")


def test_without_keys_nobody_is_asked_for_one(open_page, address):
    page = open_page(address)
    expect(page.get_by_role("main")).not_to_be_empty()
    expect(page.get_by_role("button", name=re.compile("Sign"))).to_have_count(0)
