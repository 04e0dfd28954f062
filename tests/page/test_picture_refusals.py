"""Pictures that the service does not judge, or not yet: what the page says, and what it keeps."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

from samples.demo import free_port, server, service
from tests.page.picture_steps import HELD, SUMMARY, TWO, box, drag, middle, numbers, summary, take_sample


def test_what_cannot_be_judged_is_not_sent(open_page, address, tmp_path):
    page = open_page(address)
    expect(page.locator(".sample")).to_have_count(3)
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    for name, content, said in [
        ("notes.txt", b"no picture", "no files of this kind (text/plain)"),
        ("film.gif", b"GIF89a", "JPEG, PNG, BMP and WebP"),
        ("noise.jpg", b"noise", "damaged, or it is no picture"),
        ("large.jpg", bytes(20_000_000), "it has 20 MB, and the service takes up to 19.9 MB."),
    ]:
        (tmp_path / name).write_bytes(content)
        page.locator("input[type=file]").set_input_files(tmp_path / name)
        expect(page.get_by_role("alert")).to_contain_text(said)
    assert sent == []


def test_a_damaged_picture_is_refused_in_plain_words(open_page, address):
    page = open_page(address, allowed=["422"])
    cut = {"name": "cut.jpg", "mimeType": "image/jpeg", "buffer": TWO.read_bytes()[:100_000]}
    page.locator("input[type=file]").set_input_files(cut)
    expect(page.locator(".refusal")).to_contain_text("it is damaged, or not a whole still picture")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    take_sample(page)
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.slow
def test_a_picture_is_refused_where_only_the_service_knows_that_it_is_too_large(open_page, address, tmp_path):
    page = open_page(address, allowed=["413", "ERR_FAILED"])
    page.route("**/v1/info", lambda route: route.abort())
    page.reload()
    expect(page.locator(".sample")).to_have_count(3)
    cv2.imwrite(str(tmp_path / "large.bmp"), np.zeros((2600, 2700, 3), np.uint8))
    page.locator("input[type=file]").set_input_files(tmp_path / "large.bmp")
    expect(page.locator(".refusal")).to_contain_text("This is larger than the service allows.")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


@pytest.mark.slow
def test_what_passes_is_tried_again_and_the_boxes_are_kept(open_page, address):
    page = open_page(address, allowed=["503", "ERR_FAILED"])
    expect(page.locator(".sample")).to_have_count(3)
    for answer, said in [
        (lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}), "cannot take this now"),
        (lambda route: route.abort(), "does not answer"),
    ]:
        page.route("**/v1/compliance", answer, times=1)
        page.get_by_role("button", name="Sample: two people").click()
        expect(page.get_by_role("alert")).to_contain_text(said)
        expect(page.get_by_text("It is tried again in")).to_be_visible()
        expect(page.locator(".boxes .box")).to_have_count(2)
        if said == "does not answer":  # else the page waits for 3 seconds
            page.get_by_role("button", name="Try again").click()
        expect(summary(page)).to_contain_text(SUMMARY)
        expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.slow
def test_too_many_requests_are_asked_again_when_the_service_says_so(open_page):
    with service(WORKERS="1", RATE_LIMIT="3", RATE_PERIOD_S="15") as running:
        page = open_page(running.address, allowed=["429"])
        take_sample(page)
        box(page, 0).focus()
        for _ in range(4):
            page.keyboard.press("ArrowUp")
            expect(page.locator(".busy progress")).to_have_count(0)
        expect(page.get_by_role("alert")).to_contain_text("Too many requests")
        expect(page.get_by_text(re.compile(r"It is tried again in \d+ seconds?\."))).to_be_visible()
        kept = numbers(box(page, 0))
        expect(page.get_by_role("alert")).to_have_count(0)
        assert numbers(box(page, 0)) == kept


@pytest.mark.slow
def test_a_service_that_comes_back_finds_the_picture_and_its_boxes(open_page):
    port, command = free_port(), ("gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")
    environment = {"PORT": str(port), "HOST": "127.0.0.1", "WORKERS": "1", "DRAIN_S": "0"}
    with server(command, port, "/readyz", environment) as running:
        page = open_page(running.address, allowed=["ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "503"])  # 503: it loads
        take_sample(page)
    drag(page, middle(HELD["hat"]), middle(HELD["head"]))
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(summary(page)).to_contain_text(SUMMARY)
    with server(command, port, "/readyz", environment):
        expect(summary(page)).to_contain_text("All 2 people wear a helmet.")
        expect(page.get_by_role("alert")).to_have_count(0)
