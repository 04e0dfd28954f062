from __future__ import annotations

import base64
import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from helmet_service.api.schemas.answers import ComplianceAnswer
from tests.helmet_service.api.checks import assert_answer, assert_problem
from tests.helmet_service.conftest import encoded

ROUTE = "/v1/compliance"
HAT = {"left": 10, "top": 10, "width": 20, "height": 15}


def post(client, **request):
    return client.post(ROUTE, json=request)


def form(picture, request=None, **parts):
    data = {"picture": (io.BytesIO(picture), "scene.jpg"), **parts}
    return data if request is None else data | {"request": json.dumps(request)}


def test_the_hat_on_the_head_is_worn_and_the_one_in_the_hand_is_not(client, scene):
    answer = assert_answer(post(client, **scene, id="gate-3/000123"), ComplianceAnswer)
    held, worn = range(2)
    by_hat = {person["hat"]: person for person in answer["people"]}
    assert by_hat[worn]["status"] == "helmet"
    assert by_hat[worn]["reason"] == "hat_on_head"
    assert by_hat[worn]["confidence"] > 0.5
    assert by_hat[None]["status"] == "no_helmet"
    assert [hat["hat"] for hat in answer["unmatched_hats"]] == [held]
    assert answer["summary"] == {"people": 2, "helmet": 1, "no_helmet": 1, "unknown": 0, "compliant": False}
    assert answer["id"] == "gate-3/000123"
    assert answer["picture"] == {"width": 1280, "height": 720, "rotated": 0, "mirrored": False}
    assert answer["hats_from"] == "request"


def test_people_come_by_score_and_their_boxes_lie_in_the_picture(client, scene):
    people = assert_answer(post(client, **scene), ComplianceAnswer)["people"]
    assert [person["person"] for person in people] == list(range(len(people)))
    assert [person["score"] for person in people] == sorted((person["score"] for person in people), reverse=True)
    for person in people:
        box = person["box"]
        assert 0 <= box["left"] <= box["left"] + box["width"] <= 1280
        assert 0 <= box["top"] <= box["top"] + box["height"] <= 720
        assert person["area_ratio"] == pytest.approx(box["width"] * box["height"] / (1280 * 720), abs=1e-4)


def test_nothing_is_included_that_was_not_asked_for(client, scene):
    answer = assert_answer(post(client, **scene), ComplianceAnswer)
    assert "annotated" not in answer
    for person in answer["people"]:
        assert not {"head", "keypoints", "vest", "vest_iou"} & set(person)


def test_head_and_keypoints_are_included_when_asked_for(client, scene):
    answer = assert_answer(post(client, **scene, include=["head", "keypoints"]), ComplianceAnswer)
    for person in answer["people"]:
        nose = next(point for point in person["keypoints"] if point["name"] == "nose")
        head = person["head"]
        assert np.hypot(*head["up"]) == pytest.approx(1, abs=0.01)
        assert np.hypot(nose["x"] - head["x"], nose["y"] - head["y"]) < head["size"]


def test_a_large_picture_has_the_same_answer_whether_it_is_drawn_or_not(client, scene_bytes):
    pixels = cv2.resize(cv2.imdecode(np.frombuffer(scene_bytes, np.uint8), cv2.IMREAD_COLOR), (3000, 1688))
    large = {"picture": encoded(pixels, ".jpg"), "hats": [], "include": ["keypoints"]}
    plain = assert_answer(post(client, **large), ComplianceAnswer)
    drawn = assert_answer(post(client, **large | {"include": ["keypoints", "annotated"]}), ComplianceAnswer)
    assert len(plain["people"]) == 2
    assert drawn["people"] == plain["people"]


def test_an_annotated_picture_is_a_jpeg_of_the_same_shape(client, scene):
    answer = assert_answer(post(client, **scene, include=["annotated"]), ComplianceAnswer)
    data = base64.b64decode(answer["annotated"])
    assert data.startswith(b"\xff\xd8\xff")
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == (720, 1280, 3)


def test_timings_follow_the_request_and_add_up(client, scene):
    timings = assert_answer(post(client, **scene), ComplianceAnswer)["timings_ms"]
    assert list(timings) == ["decode", "network", "grouping", "matching", "total"]
    assert sum(timings.values()) - timings["total"] <= timings["total"] + 0.05


def test_no_hats_means_that_nobody_wears_one(client, scene):
    answer = assert_answer(post(client, picture=scene["picture"], hats=[]), ComplianceAnswer)
    assert answer["summary"]["helmet"] == 0
    assert answer["unmatched_hats"] == []


def test_a_picture_with_nobody_in_it_is_no_clean_bill(client, blank):
    answer = assert_answer(post(client, picture=blank, hats=[HAT]), ComplianceAnswer)
    assert answer["people"] == []
    assert answer["summary"] == {"people": 0, "helmet": 0, "no_helmet": 0, "unknown": 0, "compliant": None}
    assert answer["warnings"] == []
    assert answer["unmatched_hats"] == [{"hat": 0, "reason": "no_head_near"}]
    assert answer["id"] is None


def test_the_legacy_matcher_has_no_confidence(client, scene):
    answer = assert_answer(post(client, **scene, matcher="legacy"), ComplianceAnswer)
    assert len(answer["people"]) == 2
    assert {person["confidence"] for person in answer["people"]} == {None}
    assert {person["reason"] for person in answer["people"]} <= {"hat_on_head", "bare_head"}


SHELL_BOX = {"left": 832, "top": 331, "width": 114, "height": 64}  # the scene's worn helmet
HEAD_BOX = {"left": 826, "top": 318, "width": 134, "height": 202}  # from its crown to the chin below it


@pytest.mark.parametrize(
    ("hat", "hat_boxes", "worn"),
    [
        (SHELL_BOX, "auto", 1),
        (SHELL_BOX, "shell", 1),
        (SHELL_BOX, "head", 0),
        (HEAD_BOX, "auto", 1),
        (HEAD_BOX, "head", 1),
    ],
)
def test_a_hat_is_judged_by_the_convention_of_its_box(client, scene, hat, hat_boxes, worn):
    answer = assert_answer(post(client, picture=scene["picture"], hats=[hat], hat_boxes=hat_boxes), ComplianceAnswer)
    assert answer["summary"]["helmet"] == worn


def test_a_vest_is_worn_where_it_covers_the_box(client, scene):
    first = assert_answer(post(client, **scene), ComplianceAnswer)["people"][0]
    answer = assert_answer(post(client, **scene, vests=[first["box"]]), ComplianceAnswer)
    assert [person["vest"] for person in answer["people"]] == [True, False]
    assert answer["people"][0]["vest_iou"] == pytest.approx(1, abs=0.01)


def test_without_any_vest_nobody_wears_one(client, scene):
    answer = assert_answer(post(client, **scene, vests=[]), ComplianceAnswer)
    assert {(person["vest"], person["vest_iou"]) for person in answer["people"]} == {(False, 0)}


@pytest.mark.parametrize(
    ("hat", "reason"),
    [
        (HAT | {"left": 5000}, "no_head_near"),
        (HAT | {"left": -1e9, "top": 1e9}, "no_head_near"),
        (HAT | {"left": -10, "top": -5}, "no_head_near"),
        (HAT | {"width": 1e9, "height": 1e9}, "no_head_near"),
        (HAT | {"width": 1e-9, "height": 1e-9}, "no_head_near"),
        ({"left": -107, "top": -573, "width": 2000, "height": 2000}, "size_mismatch"),
    ],
)
def test_hats_partly_or_wholly_outside_are_judged(client, scene, hat, reason):
    answer = assert_answer(post(client, picture=scene["picture"], hats=[hat]), ComplianceAnswer)
    assert answer["unmatched_hats"] == [{"hat": 0, "reason": reason}]
    assert answer["summary"]["helmet"] == 0


SHARES = {"left": 0.65, "top": 0.46, "width": 0.09, "height": 0.09}  # the scene's worn helmet, normalised


@pytest.mark.parametrize(
    "hats",
    [[SHARES], [SHARES | {"left": -0.01}], [SHARES, SHARES | {"left": 1.5, "width": 1}], [dict.fromkeys(SHARES, 1)]],
)
@pytest.mark.parametrize("matcher", ["assignment", "legacy"])
def test_normalised_hats_are_refused(client, scene, matcher, hats):
    problem = assert_problem(post(client, picture=scene["picture"], hats=hats, matcher=matcher), 422, "hats")
    (error,) = problem["errors"]
    assert error["expected"] == "boxes in pixels of the upright picture"
    assert error["got"] == "normalised boxes: no number is beyond 1.5, and the picture has 1280x720 pixels"


def test_normalised_vests_are_refused(client, scene):
    assert_problem(post(client, **scene, vests=[SHARES]), 422, "vests")


@pytest.mark.parametrize("hats", [[], [SHARES, HAT], [SHARES | {"left": 1.6}], [SHARES | {"top": -1.6}]])
def test_boxes_that_may_be_pixels_are_judged(client, scene, hats):
    assert_answer(post(client, picture=scene["picture"], hats=hats), ComplianceAnswer)


@pytest.mark.parametrize(("size", "status"), [((33, 33), 422), ((32, 33), 200), ((33, 32), 200), ((1, 1), 200)])
def test_boxes_of_a_pixel_are_judged_in_tiny_pictures(client, size, status):
    picture = encoded(np.full((*size, 3), 90, np.uint8))
    assert post(client, picture=picture, hats=[SHARES]).status_code == status


OUTSIDE = HAT | {"left": 1500}


@pytest.mark.parametrize(
    ("boxes", "warned"),
    [
        ([OUTSIDE], True),
        ([OUTSIDE, OUTSIDE, HAT], True),
        ([HAT | {"top": -30}], True),
        ([OUTSIDE, HAT], False),
        ([HAT | {"left": 1265}], False),
        ([], False),
    ],
)
def test_boxes_of_another_picture_are_judged_with_a_warning(client, scene, boxes, warned):
    answer = assert_answer(post(client, picture=scene["picture"], hats=boxes, vests=boxes), ComplianceAnswer)
    assert answer["warnings"] == [f"most {kind} boxes lie outside the picture" for kind in ("hat", "vest") if warned]


@pytest.mark.parametrize("size", [(1, 1), (4000, 1), (1, 4000), (3, 700)])
def test_pictures_of_any_shape_are_judged(client, size):
    picture = encoded(np.full((*size, 3), 90, np.uint8))
    answer = assert_answer(post(client, picture=picture, hats=[HAT]), ComplianceAnswer)
    assert (answer["picture"]["height"], answer["picture"]["width"]) == size


def saved(image, form, **options) -> str:
    file = io.BytesIO()
    image.save(file, form, **options)
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize(
    ("form", "mode"),
    [("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "I;16"), ("PNG", "P"), ("PNG", "RGBA"), ("WebP", "RGBA"), ("BMP", "RGB")],
)
def test_pictures_of_every_kind_are_judged(client, form, mode):
    picture = saved(Image.new(mode, (64, 48)), form)
    answer = assert_answer(post(client, picture=picture, hats=[]), ComplianceAnswer)
    assert (answer["picture"]["width"], answer["picture"]["height"]) == (64, 48)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WebP"])
@pytest.mark.parametrize(
    ("orientation", "told"),
    [
        (1, {"width": 64, "height": 48, "rotated": 0, "mirrored": False}),
        (4, {"width": 64, "height": 48, "rotated": 180, "mirrored": True}),
        (6, {"width": 48, "height": 64, "rotated": 90, "mirrored": False}),
    ],
)
def test_what_exif_made_of_a_picture_is_told(client, form, orientation, told):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = saved(Image.new("RGB", (64, 48)), form, exif=exif)
    assert assert_answer(post(client, picture=picture, hats=[]), ComplianceAnswer)["picture"] == told


@pytest.mark.parametrize("form", ["GIF", "PNG", "WebP"])
def test_an_animated_picture_is_refused(client, form):
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "green")]
    picture = saved(frames[0], form, save_all=True, append_images=frames[1:])
    assert_problem(post(client, picture=picture, hats=[]), 422, "picture")


def test_a_truncated_jpeg_is_refused(client, scene_bytes):
    picture = base64.b64encode(scene_bytes[: len(scene_bytes) // 2]).decode()
    assert_problem(post(client, picture=picture, hats=[]), 422, "picture")


def test_a_data_url_is_taken(client, scene):
    answer = post(client, picture="data:image/jpeg;base64," + scene["picture"], hats=[])
    assert len(assert_answer(answer, ComplianceAnswer)["people"]) == 2


def test_json_by_any_name_is_json(client, scene):
    for content_type in ("application/json; charset=utf-8", "application/vnd.site+json", "APPLICATION/JSON"):
        response = client.post(ROUTE, data=json.dumps(scene | {"hats": []}), content_type=content_type)
        assert_answer(response, ComplianceAnswer)


def test_a_form_gets_the_answer_of_its_json_twin(client, scene, scene_bytes):
    asked = {"hats": scene["hats"], "id": "é", "include": ["keypoints"]}
    twin = assert_answer(post(client, picture=scene["picture"], **asked), ComplianceAnswer)
    answer = assert_answer(client.post(ROUTE, data=form(scene_bytes, asked)), ComplianceAnswer)
    assert answer | {"timings_ms": None} == twin | {"timings_ms": None}


def test_the_request_of_a_form_may_be_a_file(client, scene_bytes):
    data = form(scene_bytes, request=None) | {"request": (io.BytesIO(b'{"hats": []}'), "request.json")}
    assert_answer(client.post(ROUTE, data=data), ComplianceAnswer)


def test_a_form_may_not_bring_the_picture_twice(client, scene, scene_bytes):
    response = client.post(ROUTE, data=form(scene_bytes, scene))
    assert_problem(response, 422, "picture")


def test_an_unknown_part_is_named(client, scene_bytes):
    assert_problem(client.post(ROUTE, data=form(scene_bytes, {"hats": []}, hats="[]")), 422, "hats")


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "image/jpeg", "\xff"]
)
def test_another_content_type_is_a_415(client, scene, content_type):
    response = client.post(ROUTE, data=json.dumps(scene), content_type=content_type)
    assert_problem(response, 415, "Content-Type")


def test_media_types_are_read_in_any_case(client, scene, scene_bytes):
    content = client.post(ROUTE, data=json.dumps(scene), content_type="Application/JSON")
    assert_answer(content, ComplianceAnswer)
    body = (
        b'--b\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\n'
        + scene_bytes
        + b'\r\n--b\r\nContent-Disposition: form-data; name="request"\r\n\r\n{"hats": []}\r\n--b--\r\n'
    )
    assert_answer(client.post(ROUTE, data=body, content_type="Multipart/Form-Data; boundary=b"), ComplianceAnswer)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "gzip, br"])
def test_a_packed_body_is_a_415(client, scene, encoding):
    response = client.post(ROUTE, json=scene, headers={"Content-Encoding": encoding})
    error = assert_problem(response, 415, "Content-Encoding")["errors"][0]
    assert (error["got"], response.headers["Accept-Encoding"]) == (encoding, "identity")


def test_a_body_that_says_it_is_not_packed_is_read(client, blank):
    response = client.post(ROUTE, json={"picture": blank, "hats": []}, headers={"Content-Encoding": "identity"})
    assert_answer(response, ComplianceAnswer)


def test_a_picture_in_the_url_safe_alphabet_is_judged_as_any_other(client, scene):
    url_safe = scene["picture"].translate(str.maketrans("+/", "-_"))
    usual = assert_answer(post(client, **scene), ComplianceAnswer)
    assert assert_answer(post(client, **{**scene, "picture": url_safe}), ComplianceAnswer)["people"] == usual["people"]


def test_blanks_that_were_plus_signs_are_named(client, scene):
    error = assert_problem(post(client, **{**scene, "picture": scene["picture"].replace("+", " ")}), 422, "picture")
    blanks = scene["picture"].count("+")
    assert error["errors"][0]["got"].startswith(f"base64 with {blanks} blanks and no +")


@pytest.mark.parametrize(
    ("picture", "status"),
    [
        ("", 422),
        ("abc", 422),
        ("!!!!", 422),
        ("aGVsbG8gd29ybGQ=", 422),
        ("\ud800", 422),
        ("data:image/jpeg,abc", 422),
        (encoded(np.zeros((40, 40, 3), np.uint8))[:-40], 422),
    ],
)
def test_what_is_no_picture_is_refused_and_not_repeated(client, picture, status):
    problem = assert_problem(post(client, picture=picture, hats=[]), status, "picture")
    assert not picture or picture not in problem["errors"][0]["got"]


def test_a_picture_with_a_packet_missing_is_not_judged(client, scene_bytes):
    damaged = scene_bytes[:40_000] + scene_bytes[41_460:]
    as_text = post(client, picture=base64.b64encode(damaged).decode(), hats=[])
    for response in (as_text, client.post(ROUTE, data=form(damaged, {"hats": []}))):
        error = assert_problem(response, 422, "picture")["errors"][0]
        assert (error["expected"], error["got"]) == ("a whole JPEG picture", "a damaged JPEG")


def test_a_picture_over_the_limit_is_a_413(client_with):
    picture = encoded(np.zeros((1001, 1000), np.uint8))
    problem = assert_problem(post(client_with(max_picture_mp=1), picture=picture, hats=[]), 413, "picture")
    assert problem["errors"][0]["got"] == "1000x1001 pixels"


@pytest.mark.parametrize("key", ["hats", "vests"])
def test_boxes_beyond_the_limit_that_info_tells_are_a_413(client_with, blank, key):
    client = client_with(max_hats=3)
    most = client.get("/v1/info").json["limits"][key]
    assert_problem(post(client, picture=blank, **{"hats": [], key: [HAT] * (most + 1)}), 413, key)
    assert_answer(post(client, picture=blank, **{"hats": [], key: [HAT] * most}), ComplianceAnswer)


def test_at_most_twenty_errors_are_listed(client, blank):
    problem = assert_problem(post(client, picture=blank, hats=[{}] * 500), 422)
    assert problem["detail"] == "2000 fields are wrong, the first 20 are listed"
    assert len(problem["errors"]) == 20


def test_heads_below_the_set_size_are_too_small(client_with, scene):
    answer = assert_answer(post(client_with(min_head_px=1000), **scene), ComplianceAnswer)
    assert {person["reason"] for person in answer["people"]} == {"head_too_small"}
    assert answer["summary"]["compliant"] is None


def test_a_passed_deadline_is_a_504(client_with, scene):
    assert_problem(post(client_with(deadline_s=0.001), **scene), 504)
