from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.watching import Voted, Watched
from helmet_service.video.between import between
from tests.helmet_service.verdicts.moving import frame


def watched(at_s, tracks, right, hat=None):
    """People of these tracks, moved to the right, the first with a hat."""
    case = frame(*("helmet" for _ in tracks))
    people = [replace(person, keypoints=person.keypoints + np.float32((right, 0, 0))) for person in case.people]
    verdicts = [replace(each, box=replace(each.box, left=right)) for each in case.judgement.people]
    if hat is not None:
        verdicts[0] = replace(verdicts[0], hat=0)
    judgement = replace(case.judgement, people=tuple(verdicts))
    voted = tuple(Voted(track, "helmet", 0.9, 0.0, 3) for track in tracks)
    return Watched(at_s, replace(case, people=tuple(people), judgement=judgement, hats=(hat,) if hat else ()), voted)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_people_and_boxes_move_along(share):
    before = watched(0.0, [7], 0.0, Hat(Box(0, 0, 4, 4), 0.5, 0))
    after = watched(0.2, [7], 40.0, Hat(Box(40, 0, 4, 4), 0.9, 0))
    shown = between(before, after, share)
    right = shown.judged.people[0].keypoints[:, 0] - before.judged.people[0].keypoints[:, 0]
    np.testing.assert_allclose(right, 40 * share, atol=1e-3)
    assert shown.judged.judgement.people[0].box.left == 40 * share
    assert shown.judged.hats == (Hat(Box(40 * share, 0, 4, 4), 0.5, 0),)
    assert shown.voted == before.voted


def test_tracks_are_what_belongs_together_not_places():
    before, after = watched(0.0, [7, 8], 0.0), watched(0.2, [8, 7], 100.0)
    shown = between(before, after, 1.0)
    for person, then in zip(shown.judged.people, reversed(after.judged.people), strict=True):
        np.testing.assert_allclose(person.keypoints, then.keypoints, atol=1e-3)


def test_who_goes_stays_until_then():
    before, after = watched(0.0, [7], 0.0), watched(0.2, [9], 100.0)
    shown = between(before, after, 0.9)
    np.testing.assert_array_equal(shown.judged.people[0].keypoints, before.judged.people[0].keypoints)


def test_points_seen_once_stay():
    before, after = watched(0.0, [7], 0.0), watched(0.2, [7], 40.0)
    after.judged.people[0].keypoints[3] = 0
    shown = between(before, after, 0.5)
    np.testing.assert_array_equal(shown.judged.people[0].keypoints[3], before.judged.people[0].keypoints[3])
