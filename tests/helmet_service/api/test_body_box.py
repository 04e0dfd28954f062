from __future__ import annotations

from helmet_service.api.schemas.legacy_answers import LegacyBodiesAnswer
from tests.helmet_service.api.checks import assert_answer, assert_refused

ROUTE = "/get_body_box"


def test_people_not_seen_to_the_knees_are_left_out(client, blank, scene):
    for picture in (blank, scene["picture"]):  # the scene shows people to the waist
        answer = assert_answer(client.post(ROUTE, json={"img": [picture]}), LegacyBodiesAnswer)
        assert answer == {"code": 200, "message": "Success", "data": []}


def test_errors_have_an_int_code(client):
    assert_refused(client.post(ROUTE, json={"img": []}), 422, "img", code=int)
    assert_refused(client.post(ROUTE, data=b"{"), 400, "body", code=int)
