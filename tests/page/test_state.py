"""The State tab: what a site manager reads of a service that works, is busy, fails, or does not answer."""

from __future__ import annotations

import json
import re

import pytest
import requests
from playwright.sync_api import expect

from samples.demo import free_port, server

WORDS = "helmet_service/page/words"
ASK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"


def open_state(open_page, address, **options):
    """The tab, once the service has answered and the charts are drawn."""
    page = open_page(address, "state", **options)
    expect(page.locator(".state canvas")).to_have_count(5)
    return page


def card(page, name):
    return page.locator(".state .cards li", has=page.get_by_role("heading", name=name, exact=True))


def test_every_reason_of_a_refusal_has_words_and_advice_in_both_languages(root):
    rows = re.findall(r"^\| \d{3} \|([^|]*)\|", (root / "docs" / "api.md").read_text(), re.MULTILINE)
    reasons = {reason for row in rows for reason in re.findall(r"`(\w+)`", row)} | {"fault"}
    assert len(reasons) > 20
    for language in ("en", "zh"):
        words = json.loads((root / WORDS / f"{language}.json").read_text())
        missing = {f"state.{kind}.{reason}" for kind in ("reason", "advice") for reason in reasons} - words.keys()
        assert (language, missing) == (language, set())


def test_it_says_that_all_works_and_how_fast_and_what_was_judged(open_page, address, root):
    scene = json.loads((root / "samples" / "compliance.json").read_text())
    assert requests.post(f"{address}/v1/compliance", json=scene, timeout=60).ok
    page = open_state(open_page, address)
    told = requests.get(f"{address}/v1/status", timeout=60).json()
    expect(page.locator(".state .sentence")).to_have_text("Everything works.")
    expect(page.locator(".state .headline")).to_contain_text("pictures per second")
    people = card(page, "People judged")
    expect(people.locator(".figure")).to_have_text(str(sum(told["verdicts"].values())))
    expect(people).to_contain_text(f"{told['verdicts']['no_helmet']} No helmet")
    for process in told["workers"]["processes"]:
        expect(card(page, "Memory")).to_contain_text(f"Worker {process['pid']}: ")
    expect(card(page, "Model")).to_contain_text(told["model"]["name"])


def test_a_refused_request_is_told_in_plain_words_with_its_id(open_page, address):
    refused = requests.post(f"{address}/v1/poses", json={}, timeout=60)
    page = open_state(open_page, address)
    row = page.get_by_role("row").filter(has_text=refused.headers["X-Request-Id"])
    expect(row).to_contain_text("A request had wrong values.")
    expect(row).to_contain_text("/v1/poses 422 wrong_field")
    expect(row).to_contain_text(re.compile("now|ago"))


def test_charts_say_the_same_in_words_and_as_a_table(open_page, address):
    page = open_state(open_page, address)
    chart = page.get_by_role("img", name=re.compile(r"Half of them take at most: last .+ least .+ 95 of 100"))
    expect(chart).to_be_visible()
    page.get_by_text("As a table").click()
    with page.expect_response("**/v1/status/history") as told:
        page.evaluate(ASK_AGAIN)
    expect(page.locator(".state .wide tbody tr")).to_have_count(len(told.value.json()["points"]))
    light = chart.locator("canvas").evaluate("canvas => canvas.toDataURL()")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "light => document.querySelector('[data-chart=speed] canvas').toDataURL() !== light", arg=light
    )


# What the service's answer may say, and the sentence that follows.
TOLD = [
    ({"queue": {"waiting": 12, "places": 16}}, "The service is busy: 12 requests wait."),
    ({"queue": {"waiting": 3, "places": 16}}, "Everything works."),
    ({"workers": {"running": 2, "ready": 1, "processes": []}}, "The service works, but only 1 of its 2 workers do."),
    ({"ready": False, "not_ready": "x", "not_ready_reason": "loading"}, "Not ready: the model is being loaded."),
    ({"ready": False, "not_ready": "a flood", "not_ready_reason": "flood"}, "Not ready: a flood"),
    ({"model": None, "ready": False, "not_ready_reason": "load_failed"}, "Not ready: the model could not be loaded."),
]


def fault(seconds_ago):
    told = {
        "route": "/v1/poses",
        "status": 500,
        "reason": "fault",
        "count": 1,
        "request_id": "01M7Y1YYD3GG2GVN7STYYK1ZQ0",
    }
    return {"at_s": 2e9, "problems": [{**told, "last_s": 2e9 - seconds_ago}]}


def test_one_sentence_says_what_is_wrong(open_page, address):
    page = open_state(open_page, address)
    usual = requests.get(f"{address}/v1/status", timeout=60).json()
    told = dict(usual)
    page.route("**/v1/status", lambda route: route.fulfill(json=told))
    expected = [*TOLD, (fault(180), "it made a mistake 3 minutes ago."), (fault(7000), "Everything works.")]
    for changes, sentence in expected:
        told |= usual | changes
        page.evaluate(ASK_AGAIN)
        expect(page.locator(".state .sentence")).to_contain_text(sentence)


def test_without_an_answer_it_says_since_when_and_keeps_the_last_figures(open_page, address, no_axe_violations):
    page = open_state(open_page, address, allowed=["ERR_CONNECTION_REFUSED"])
    page.route("**/v1/**", lambda route: route.abort("connectionrefused"))
    page.evaluate(ASK_AGAIN)
    expect(page.locator(".state .sentence")).to_have_text("The service does not answer.")
    expect(page.locator(".state .headline")).to_contain_text(re.compile(r"no answer since \d\d:\d\d:\d\d"))
    expect(page.locator(".state .old .cards")).to_be_visible()
    no_axe_violations(page)
    page.unroute_all()
    page.evaluate(ASK_AGAIN)
    expect(page.locator(".state .sentence")).to_have_text("Everything works.")
    expect(page.locator(".state .old")).to_have_count(0)


@pytest.mark.slow
def test_it_asks_again_and_again_but_not_while_it_is_hidden(open_page, address):
    page = open_page(address, "picture")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/v1/status") else None)
    page.clock.install()
    with page.expect_response("**/v1/status"):
        page.evaluate("location.hash = 'state'")
    expect(page.locator(".state canvas")).to_have_count(5)
    with page.expect_response("**/v1/status"):
        page.clock.run_for(10_000)
    page.wait_for_load_state("networkidle")
    hide = "isHidden => {Object.defineProperty(document, 'hidden', {value: isHidden, configurable: true}); AGAIN}"
    page.evaluate(hide.replace("AGAIN", ASK_AGAIN), True)
    before = len(asked)
    page.clock.run_for(60_000)
    assert len(asked) == before
    with page.expect_response("**/v1/status"):
        page.evaluate(hide.replace("AGAIN", ASK_AGAIN), False)


@pytest.mark.slow
def test_on_a_phone_in_chinese_it_fits_and_is_accessible(open_page, address, no_axe_violations):
    requests.get(f"{address}/nothing", timeout=60)
    page = open_state(open_page, address, lang="zh-CN", size=(360, 740))
    expect(page.locator(".state .sentence")).to_have_text("一切正常。")
    expect(page.get_by_role("row").filter(has_text="有人访问了不存在的地址。")).to_be_visible()
    page.get_by_text("以表格显示").click()
    assert page.evaluate(SIDEWAYS) == 0
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        no_axe_violations(page)


@pytest.mark.slow
def test_it_outlives_the_service_and_sees_it_come_back(open_page):
    port = free_port()
    settings = {"HOST": "127.0.0.1", "PORT": str(port), "WORKERS": "1", "LOG_LEVEL": "error", "DRAIN_S": "0"}
    never_ready = {"INPUT_HEIGHT": "32", "PRECISION": "f32"}  # finds nobody in its warm-up picture
    command = ("gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")
    with server(command, port, "/readyz", settings) as running:
        page = open_state(open_page, running.address, allowed=["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET"])
        expect(page.locator(".state .sentence")).to_have_text("Everything works.")
    expect(page.locator(".state .sentence")).to_have_text("The service does not answer.")
    with server(command, port, "/healthz", settings | never_ready):
        expect(page.locator(".state .sentence")).to_have_text("Not ready: the model could not be loaded.")
        expect(card(page, "Model")).to_contain_text("None is loaded yet")
