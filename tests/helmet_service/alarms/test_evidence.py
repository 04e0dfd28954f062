"""The pictures of an alarm show whom it is about, and nobody else's face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from helmet_service.cameras.zones import Zone
from pose.skeleton import Person
from tests.helmet_service.alarms.kept import NOW, alarm_id
from tests.helmet_service.alarms.scenes import HEADS, evidence_of, scene
from tests.pose.people import standing

LEFT = ((0.0, 0.0), (0.4, 0.0), (0.4, 1.0), (0.0, 1.0))
ALL = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def decoded(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def blurred(jpeg: bytes) -> list[bool]:
    """Whose heads have lost the noise that everything else of the picture has."""
    pixels = decoded(jpeg)
    return [
        bool(pixels[int(y) - 5 : int(y) + 5, int(x) - 5 : int(x) + 5].std(axis=(0, 1)).mean() < 30) for x, y in HEADS
    ]


@pytest.mark.parametrize(
    ("zones", "settings", "expected"),
    [
        ([], {}, [True, False, True]),
        ([], {"blur_others": False}, [False, False, False]),
        ([], {"blur_others": False, "blur_all": True}, [True, True, True]),
        ([Zone("office", "blurred", LEFT)], {"blur_others": False}, [True, False, False]),
        ([Zone("office", "blurred", ALL)], {"blur_others": False}, [True, True, True]),
        ([Zone("office", "ignored", LEFT)], {"blur_others": False}, [False, False, False]),
    ],
)
def test_whose_heads_are_blurred(zones, settings, expected):
    kept = evidence_of(scene(zones), **settings)
    assert blurred(kept.picture) == expected
    assert kept.facts["head_blurred"] == expected[1]


def test_a_second_skeleton_on_the_alarmed_head_does_not_blur_it_but_one_that_nobody_judges_is_blurred():
    people = [Person(standing(x, 120, 16), score) for x, score in ((140, 0.5), (340, 0.9), (342, 0.8))]
    face = people[0].keypoints.copy()
    face[1:14] = 0
    seen = scene(people=[Person(face, 0.5), *people[1:]])
    assert blurred(evidence_of(seen, track=len(seen.watched.voted) - 1).picture)[:2] == [True, False]


def test_only_the_alarmed_person_is_drawn_with_the_zone_and_a_caption():
    zone = Zone("yard", "helmet", ((0.3, 0.1), (0.75, 0.1), (0.75, 0.9), (0.3, 0.9)))
    kept = evidence_of(scene([zone]), zone="yard")
    drawn = np.abs(decoded(kept.annotated).astype(int) - decoded(kept.picture)).max(axis=2) > 100
    assert drawn[40:280, 290:390].mean() > 0.01  # the person
    assert drawn[100:280, 188:196].any(axis=1).mean() > 0.3  # the zone's left edge
    assert not drawn[100:280, 200:250].any()
    assert drawn[300:, :150].mean() > 0.2  # the caption
    assert not drawn[40:280, 40:180].any()
    assert not drawn[40:280, 490:].any()


@pytest.mark.parametrize("name", ["", "a" * 300, "卸货区", "gone"])
def test_any_zone_can_be_drawn(name):
    zones = [Zone(name, "helmet", ((0.9, 0.9), (1.0, 0.9), (1.0, 1.0)))] if name != "gone" else []
    assert len(evidence_of(scene(zones), zone=name).annotated) > 1000


def test_facts_are_in_pixels_of_the_picture_which_is_at_most_1920_wide():
    small, large = evidence_of(scene()), evidence_of(scene(enlarged=4))
    assert decoded(large.picture).shape == (960, 1920, 3)
    assert large.facts["picture"] == {"width": 1920, "height": 960}
    for key in ("box", "head_box"):
        assert large.facts["person"][key] == pytest.approx([side * 3 for side in small.facts["person"][key]], abs=0.5)
    nose = small.facts["person"]["keypoints"][0]
    assert (nose["name"], nose["x"], nose["y"]) == ("nose", HEADS[1][0], pytest.approx(HEADS[1][1], abs=10))


def test_facts_say_what_the_alarm_was_about():
    facts = evidence_of(scene(), track=1).facts
    assert (facts["alarm"], facts["camera"], facts["at"], facts["track"]) == (alarm_id(1), "gate-3", NOW, 1)
    assert facts["zone"]["name"] == ""
    assert facts["model"] == {"name": "net", "version": "3"}
    assert facts["verdict"]["voted"] == {"status": "no_helmet", "confidence": 0.97, "frames": 4}
    left, top, width, height = facts["person"]["head_box"]
    assert (left + width / 2, top + height / 2) == pytest.approx(HEADS[1], abs=12)
    box, picture = evidence_of(scene(), track=1).person, facts["picture"]
    sides = [box.left * picture["width"], box.top * picture["height"]]
    assert sides == pytest.approx(facts["person"]["box"][:2], abs=0.1)
    assert [other["box"][0] < HEADS[1][0] for other in facts["others"]] == [True, False]
