"""An alarm host finds the message and the picture where Hikvision cameras have them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from email.parser import BytesParser

import pytest

from helmet_service.outlets.hikvision import Hikvision
from tests.helmet_service.outlets.events import EVENTS, JPEG
from tests.helmet_service.outlets.receivers import http_receiver

NAMESPACE = "{http://www.hikvision.com/ver20/XMLSchema}"


def received(event, picture, form):
    """The parts that arrive, as (media type, content)."""
    with http_receiver(lambda _: (200, {})) as (url, came):
        Hikvision({"url": url, "format": form}, ["other", event.camera]).send(event, picture)
    (request,) = came
    whole = BytesParser().parsebytes(f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode() + request.body)
    return [(part.get_content_type(), part.get_payload(decode=True)) for part in whole.get_payload()]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_the_message_names_channel_and_event(event):
    ((kind, content),) = received(event, None, "json")
    told = json.loads(content)
    assert (kind, told["channelID"], told["channelName"]) == ("application/json", 2, event.camera_name)
    assert (told["ipAddress"], told["helmetEvent"]["id"]) == ("127.0.0.1", event.id)


def test_the_picture_follows_the_message_as_it_is():
    assert received(EVENTS[1], JPEG, "json")[1] == ("image/jpeg", JPEG)


def test_xml_says_the_same():
    (kind, content), _ = received(EVENTS[2], JPEG, "xml")
    told = ET.fromstring(content)
    assert (kind, told.tag) == ("application/xml", f"{NAMESPACE}EventNotificationAlert")
    assert told.findtext(f"{NAMESPACE}eventType") == "safetyHelmetDetection"
    assert told.findtext(f"{NAMESPACE}channelName") == EVENTS[2].camera_name
