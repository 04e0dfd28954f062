"""The page's files, as the service sends them; tests/page has what a browser makes of them."""

from __future__ import annotations

import gzip
import re

import pytest


def test_the_page_may_load_from_the_service_alone_and_style_nothing_inline(client):
    answer = client.get("/ui")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "//" not in policy


def test_all_that_the_page_names_is_there(client):
    links = re.findall(r'(?:src|href)="([^"]*)"', client.get("/ui").text)
    assert "ui/app.js" in links
    assert {link: client.get(f"/{link}").status_code for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize(
    ("name", "mimetype"),
    [
        ("app.js", "text/javascript"),
        ("style/base.css", "text/css"),
        ("words/zh.json", "application/json"),
        ("icon.svg", "image/svg+xml"),
        ("samples/site_two.jpg", "image/jpeg"),
        ("samples/thumbnails/site_two.jpg", "image/jpeg"),
        ("samples/scenes.json", "application/json"),
    ],
)
def test_a_file_of_the_page_has_its_type(client, name, mimetype):
    answer = client.get(f"/ui/{name}")
    assert (answer.status_code, answer.mimetype) == (200, mimetype)


@pytest.mark.parametrize(
    "name",
    [
        "nothing.js",
        "vendor/LICENSE-lit-html",
        "vendor",
        "../api/page.py",
        "%2e%2e/%2e%2e/input.json",
        "samples/demo.py",
        "app.js%00",
        300 * "a" + ".js",
    ],
)
def test_no_other_file_is_sent(client, name):
    answer = client.get(f"/ui/{name}")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_file_is_packed_for_those_who_take_it(client):
    plain = client.get("/ui/style/base.css", headers={"Accept-Encoding": "br, gzip;q=0, *;q=0"})
    packed = client.get("/ui/style/base.css", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert packed.headers["Vary"] == "Accept-Encoding"


def test_a_file_that_has_not_changed_is_not_sent_again(client):
    known = client.get("/ui/app.js").headers
    assert "no-cache" in known["Cache-Control"]
    again = client.get("/ui/app.js", headers={"If-None-Match": known["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_slash_too_many_leads_back_to_the_page(client):
    assert client.get("/ui/").headers["Location"] == "../ui"
