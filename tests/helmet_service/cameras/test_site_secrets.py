"""No message about `cameras.yaml`, and no form of what it says, repeats a secret."""

from __future__ import annotations

import logging
import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmet_service.cameras.site_file import SiteError, load_site
from helmet_service.cameras.watch_folder import KnownCamera
from tests.helmet_service.cameras.sites import SECRET, one


@pytest.mark.parametrize(
    "text",
    [
        one(f"source: rtsp://x, user: a, password: {SECRET}"),
        one(f"source: rtsp://x, user: a, password: {{{SECRET}}}"),
        one(f"source: rtsp://x, user: a, password: {{{SECRET}, {SECRET}}}"),
        one(f"source: rtsp://x, user: a, password: [{SECRET}]"),
        one(f"source: rtsp://x, user: a, password: {{env: {SECRET}}}"),
        one(f"source: rtsp://x, user: a, pasword: {SECRET}"),
        one(f"source: rtsp://a:{SECRET}@x/stream"),
        one(f"source: rtsp://a:{SECRET}/@x/stream"),
        one(f"source: rtsp://a:{SECRET}"),
        one(f"source: 'http://x/snap?user=a&pwd={SECRET}', kind: snapshot"),
        one(f"source: rtsp://x/user=a_password={SECRET}_stream=0.sdp"),
        one(f"source: ftp://x/{SECRET}"),
        one(f"source: {{env: PASSWORD_OF_THE_GATE, file: {SECRET}}}"),
        one("source: {env: ADDRESS}"),
        one("source: {env: ADDRESS_WITH_USER}"),
        one("source: {env: PASSWORD_OF_THE_GATE}, kind: snapshot"),
        one(f"source: push, id: 'rtsp://a:{SECRET}@x'"),
        one(f"source: push, hats: {{url: 'http://a:{SECRET}@x'}}"),
        one("source: push, user: a, password: {env: PASSWORD_OF_THE_GATE}, rate: 0"),
        one(f"source: push, password {SECRET}"),
        one(f"source: push, user: {SECRET}, password: {{env: PASSWORD_OF_THE_GATE}}"),
        one(f"source: push, password: !{SECRET}"),
        one(f"source: push, password: !{SECRET}!x 1"),
        one(f"source: push, password: *{SECRET}"),
        one(f"source: push, password: &{SECRET} a, user: &{SECRET} b"),
        one(f'source: push, password: "{SECRET}'),
        f"{one('source: push')}\noutlets: [{{name: a, kind: webhook, url: 'https://x', secret: {SECRET}}}]",
        f"{one('source: push')}\noutlets: [{{name: a, kind: fax, secret: {SECRET}}}]",
    ],
)
def test_no_mistake_repeats_a_secret(load, text):
    addresses = {"ADDRESS": f"ftp://x/{SECRET}", "ADDRESS_WITH_USER": f"rtsp://a:{SECRET}@x"}
    with pytest.raises(SiteError) as raised:
        load(text, PASSWORD_OF_THE_GATE=SECRET, **addresses)
    assert SECRET not in "".join(traceback.format_exception(raised.value)) + repr(raised.value)


@settings(max_examples=30)
@given(st.data())
def test_no_slip_of_the_pen_makes_a_mistake_repeat_a_secret(tmp_path_factory, data):
    text = (
        f"cameras:\n  - {{id: gate, source: rtsp://x, user: a, password: {SECRET}}}\n  - {{id: yard, source: push}}\n"
    )
    place = data.draw(st.integers(0, text.index(SECRET)) | st.integers(text.index(SECRET) + len(SECRET), len(text)))
    slip = data.draw(st.sampled_from(["", *"{}[],:;'\"#&*!|>-?@ \n\tx"]))
    is_kept = place == text.index(SECRET) or (slip and data.draw(st.booleans()))
    path = tmp_path_factory.getbasetemp() / "slip.yaml"
    path.write_text(text[:place] + slip + text[place if is_kept else place + 1 :])
    assert SECRET not in said_of(path)


def said_of(path):
    """What is said of a file with mistakes; a site only where a # has made a comment of the camera with the secret."""
    try:
        site = load_site(path, {})
    except SiteError as error:
        return str(error)
    assert [camera.id for camera in site.cameras] == ["yard"]
    return repr(site)


def test_no_text_of_a_site_repeats_a_secret(load, tmp_path, caplog):
    address = f"http://x/snap?password={SECRET}"
    with caplog.at_level(logging.DEBUG):
        site = load(
            """
            cameras:
              - {id: a, source: {env: ADDRESS}, kind: snapshot, user: a, password: {file: secret},
                 hats: {url: {env: ADDRESS}, user: a, password: {env: PASSWORD}}}
            outlets:
              - {name: a, kind: webhook, url: {env: ADDRESS}, secret: {env: PASSWORD}}
              - {name: b, kind: mqtt, host: h, user: a, password: {file: secret}}
            """,
            ADDRESS=address,
            PASSWORD=SECRET,
        )
    assert site.cameras[0].source.address == address
    assert site.outlets[1].options["password"] == SECRET
    said = f"{site} {site!r} {KnownCamera.of(site.cameras[0])!r} {caplog.text}"
    assert SECRET not in said


@pytest.mark.parametrize("secret", ["hunter-2-of-the-gate", "aHVudGVyMg==", "whsec_", "A" * 88])
def test_a_secret_that_cannot_sign_is_a_mistake_that_does_not_repeat_it(load, secret):
    text = f"{one('source: push')}\noutlets: [{{name: a, kind: webhook, url: 'https://x', secret: {{env: HOOK}}}}]"
    with pytest.raises(SiteError) as raised:
        load(text, HOOK=secret)
    (line,) = raised.value.lines
    expected = "base64 of 24 to 64 bytes (openssl rand -base64 32), behind whsec_ or not"
    assert line.endswith(f"outlets[0].secret: expected {expected}, got a value")
