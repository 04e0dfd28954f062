from __future__ import annotations

import base64
import io
import json

import pytest

from helmet_service.api.schemas.answers import PosesAnswer
from pose.skeleton import COCO_KEYPOINTS, KEYPOINTS
from tests.helmet_service.api.checks import assert_answer, assert_problem
from tests.pose.openpose_readers import by_pose2sim

ROUTE = "/v1/poses"


def people_of(client, scene, **request):
    answer = assert_answer(client.post(ROUTE, json={"picture": scene["picture"]} | request), PosesAnswer)
    assert answer["picture"]["width"] == 1280
    return answer["people"]


def test_openpose_is_the_default(client, scene):
    people = people_of(client, scene)
    assert people == people_of(client, scene, format="openpose")
    assert [person["person"] for person in people] == [0, 1]
    for person in people:
        names = [point["name"] for point in person["keypoints"]]
        assert names == [name for name in KEYPOINTS if name in names]


def test_coco_has_the_same_points_in_its_own_order(client, scene):
    for ours, coco in zip(people_of(client, scene), people_of(client, scene, format="coco"), strict=True):
        found = {point["name"]: (point["x"], point["y"]) for point in ours["keypoints"]}
        points = list(zip(coco["keypoints"][::3], coco["keypoints"][1::3], coco["keypoints"][2::3], strict=True))
        for name, (x, y, visible) in zip(COCO_KEYPOINTS, points, strict=True):
            assert (x, y, visible) == ((*found[name], 2) if name in found else (0, 0, 0))
        assert coco["bbox"] == list(ours["box"].values())
        assert (coco["category_id"], coco["score"]) == (1, ours["score"])


def test_legacy_is_eighteen_int_pairs(client, scene):
    for ours, pairs in zip(people_of(client, scene), people_of(client, scene, format="legacy"), strict=True):
        found = {point["name"]: [point["x"], point["y"]] for point in ours["keypoints"]}
        for name, pair in zip(KEYPOINTS, pairs, strict=True):
            if name in found:
                assert pair == pytest.approx(found[name], abs=1.1)
            else:
                assert pair == [-1, -1]


def test_openpose_json_is_read_as_openpose_itself(client, scene):
    answer = assert_answer(
        client.post(ROUTE, json={"picture": scene["picture"], "format": "openpose_json"}), PosesAnswer
    )
    assert answer["version"] == 1.3
    for index, ours in enumerate(people_of(client, scene)):
        found = {point["name"]: (point["x"], point["y"], point["score"]) for point in ours["keypoints"]}
        assert [by_pose2sim(answer, index, place) for place in range(len(KEYPOINTS))] == [
            found.get(name, (0, 0, 0)) for name in KEYPOINTS
        ]


def test_an_annotated_picture_is_a_jpeg(client, scene):
    request = {"picture": scene["picture"], "include": ["annotated"], "format": "coco"}
    answer = assert_answer(client.post(ROUTE, json=request), PosesAnswer)
    assert base64.b64decode(answer["annotated"]).startswith(b"\xff\xd8\xff")


def test_a_form_gets_the_people_of_its_json_twin(client, scene, scene_bytes):
    data = {"picture": (io.BytesIO(scene_bytes), "a.jpg"), "request": json.dumps({"format": "coco"})}
    answer = assert_answer(client.post(ROUTE, data=data), PosesAnswer)
    assert answer["people"] == people_of(client, scene, format="coco")


def test_timings_have_no_matching(client, blank):
    answer = assert_answer(client.post(ROUTE, json={"picture": blank}), PosesAnswer)
    assert answer["people"] == []
    assert list(answer["timings_ms"]) == ["decode", "network", "grouping", "total"]


@pytest.mark.parametrize(
    ("request_", "fields"),
    [
        ({}, ["picture"]),
        ({"picture": "x", "format": "yolo"}, ["format"]),
        ({"picture": "x", "include": ["keypoints"]}, ["include[0]"]),
        ({"picture": "x", "hats": []}, ["hats"]),
        ({"picture": "aGVsbG8gd29ybGQ="}, ["picture"]),
    ],
)
def test_wrong_fields_are_named(client, request_, fields):
    assert_problem(client.post(ROUTE, json=request_), 422, *fields)
