from __future__ import annotations

import pytest

from helmet_service.api.schemas.answers import PosesAnswer
from helmet_service.api.schemas.legacy_answers import LegacyHeadPointsAnswer
from pose.skeleton import LEFT_EAR, LEFT_EYE, NOSE, RIGHT_EAR, RIGHT_EYE
from tests.helmet_service.api.checks import assert_answer, assert_refused

ROUTES = ["/get_head_point", "/get_head_point_v2"]


@pytest.fixture(scope="module")
def expected(app, scene):
    """The head points of the scene, from the skeletons that v1 answers."""
    request = {"picture": scene["picture"], "format": "legacy"}
    people = assert_answer(app.test_client().post("/v1/poses", json=request), PosesAnswer)["people"]
    heads = []
    for person in people:
        right, left, *face = (person[index] for index in (RIGHT_EAR, LEFT_EAR, NOSE, RIGHT_EYE, LEFT_EYE))
        middle = [-1, -1]
        if -1 not in (right[0], left[0]):
            middle = [min(a, b) + abs(a - b) // 2 for a, b in zip(right, left, strict=True)]
        heads.append([point for point in (right, left, middle, *face) if point != [-1, -1]])
    return heads


@pytest.mark.parametrize("route", ROUTES)
def test_head_points_come_in_the_ancestors_order(client, scene, expected, route):
    answer = assert_answer(client.post(route, json={"img": [scene["picture"]]}), LegacyHeadPointsAnswer)
    assert answer == {"code": 200, "message": "Success", "data": expected}


def test_only_the_first_picture_counts(client, scene, blank):
    answer = client.post("/get_head_point", json={"img": [blank, scene["picture"]]})
    assert assert_answer(answer, LegacyHeadPointsAnswer)["data"] == []


def test_v2_puts_the_people_of_all_pictures_into_one_list(client, scene, blank, expected):
    answer = client.post("/get_head_point_v2", json={"img": [scene["picture"], blank, scene["picture"]]})
    assert assert_answer(answer, LegacyHeadPointsAnswer)["data"] == expected * 2


@pytest.mark.parametrize("route", ROUTES)
def test_code_is_an_int_unless_set_otherwise(client_with, blank, route):
    for compat_code, code in (("int", 200), ("string", "200")):
        response = client_with(compat_code=compat_code).post(route, json={"img": blank})
        assert assert_answer(response, LegacyHeadPointsAnswer)["code"] == code


@pytest.mark.parametrize("route", ROUTES)
def test_errors_have_the_code_of_the_route(client_with, route):
    assert_refused(client_with().post(route, json={}), 422, "img", code=int)
    assert_refused(client_with(compat_code="string").post(route, json={}), 422, "img", code=str)


def test_v2_names_the_wrong_picture(client, blank):
    assert_refused(client.post("/get_head_point_v2", json={"img": [blank, "aGk="]}), 422, "img[1]", code=int)
    assert_refused(client.post("/get_head_point_v2", json={"img": [blank, 5]}), 422, "img[1]", code=int)


@pytest.mark.parametrize("count", [17, 200])
def test_v2_takes_sixteen_pictures_at_most(client, blank, count):
    assert_refused(client.post("/get_head_point_v2", json={"img": [blank] * count}), 413, "img", code=int)


def test_v2_takes_sixteen_pictures(client_with, blank):
    response = client_with(deadline_s=120.0).post("/get_head_point_v2", json={"img": [blank] * 16})
    assert assert_answer(response, LegacyHeadPointsAnswer)["data"] == []
