"""Webhooks are signed as Standard Webhooks says, and answers mean what docs/outlets.md says."""

from __future__ import annotations

import base64
import json
import re
import socket
import time

import pytest

from helmet_service.outlets.event_json import event_json
from helmet_service.outlets.outlet import DeliveryError, RefusalError
from helmet_service.outlets.webhook import Webhook, headers_of
from tests.helmet_service.outlets.events import EVENTS, JPEG
from tests.helmet_service.outlets.receivers import http_receiver

SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.mark.parametrize("secret", [SECRET, f"whsec_{SECRET}"])
def test_the_signature_is_that_of_the_public_example(secret):
    headers = headers_of("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', secret)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_an_event_arrives_as_json_with_its_id(event):
    with http_receiver(lambda _: (204, {})) as (url, came):
        Webhook({"url": url}).send(event, JPEG)
    (request,) = came
    assert json.loads(request.body) == event_json(event)
    assert request.headers["webhook-id"] == event.id
    assert "webhook-signature" not in request.headers


def test_the_picture_is_attached_on_demand():
    with http_receiver(lambda _: (200, {})) as (url, came):
        Webhook({"url": url, "picture": True}).send(EVENTS[0], JPEG)
        Webhook({"url": url, "picture": True}).send(EVENTS[3], None)
    assert base64.b64decode(json.loads(came[0].body)["picture_jpeg"]) == JPEG
    assert "picture_jpeg" not in json.loads(came[1].body)


@pytest.mark.parametrize(
    ("status", "headers", "error", "wait_s", "only_it"),
    [
        (302, {"Location": "/elsewhere"}, DeliveryError, None, False),
        (400, {}, RefusalError, None, False),
        (401, {}, RefusalError, None, False),
        (410, {}, RefusalError, None, False),
        (408, {}, DeliveryError, None, False),
        (425, {}, DeliveryError, None, False),
        (429, {"Retry-After": "17"}, DeliveryError, 17.0, False),
        (429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, DeliveryError, None, False),
        (500, {}, DeliveryError, None, True),
        (503, {"Retry-After": "4"}, DeliveryError, 4.0, False),
    ],
)
def test_what_answers_mean(status, headers, error, wait_s, only_it):
    with http_receiver(lambda _: (status, headers)) as (url, came), pytest.raises(error) as raised:
        Webhook({"url": url}).send(EVENTS[0], None)
    assert len(came) == 1
    assert str(raised.value) == f"answered {status}, expected 2xx"
    if error is DeliveryError:
        assert (raised.value.wait_s, raised.value.only_it) == (wait_s, only_it)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:{port}/s3cret?token=s3cret", "Connection refused"),
        ("http://s3cret:s3cret@127.0.0.1:{port}/", "Connection refused"),
        ("https://no-such-host.invalid/s3cret", "Name or service not known"),
    ],
)
def test_an_address_stays_secret_where_nobody_answers(url, why):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outlet = Webhook({"url": url.format(port=unused.getsockname()[1]), "secret": SECRET})
        with pytest.raises(DeliveryError) as raised:
            outlet.send(EVENTS[0], None)
    assert "s3cret" not in repr(raised.value) + repr(outlet)
    assert str(raised.value).startswith(why) or "resolution" in str(raised.value)


def test_the_program_of_the_docs_tells_genuine_from_forged_and_new_from_repeated(root):
    (program,) = re.findall(r"```python\n(.*?)```", (root / "docs" / "outlets.md").read_text(), re.DOTALL)
    names = {}
    exec(program, names)
    now, body = int(time.time()), b'{"kind": "alarm_on"}'
    headers = headers_of("01K5S", now, body, SECRET)
    assert names["is_new"](headers, body, SECRET)
    assert not names["is_new"](headers, body, SECRET)
    for forged in ((headers, body + b" "), (headers_of("01K5S", now - 400, body, SECRET), body)):
        with pytest.raises(ValueError, match=r"not from the watch|too old"):
            names["is_new"](*forged, SECRET)
