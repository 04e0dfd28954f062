"""People and verdicts between two judged frames, each track's moved along a straight line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.judge import Verdict
from helmet_service.verdicts.watching import Watched
from pose.estimation.head_frames import HeadFrame
from pose.skeleton import HeadPeak, Person


def between(before: Watched, after: Watched, share: float) -> Watched:
    """What a frame between two judged ones shows: the people and verdicts of `before`, where they are by then.

    share: of the time from `before` to `after`, from 0 to 1. Who is not in `after` stays where they were.
    """
    people, verdicts, hats = list(before.judged.people), [], list(before.judged.hats)
    later = {voted.track: place for place, voted in enumerate(after.voted)}
    for verdict, voted in zip(before.judged.judgement.people, before.voted, strict=True):
        place = later.get(voted.track)
        if place is None:
            verdicts.append(verdict)
            continue
        then = after.judged.judgement.people[place]
        people[verdict.person] = _person(people[verdict.person], after.judged.people[then.person], share)
        verdicts.append(_verdict(verdict, then, share))
        if verdict.hat is not None and then.hat is not None:
            hats[verdict.hat] = _hat(hats[verdict.hat], after.judged.hats[then.hat], share)
    judgement = replace(before.judged.judgement, people=tuple(verdicts))
    judged = replace(before.judged, people=tuple(people), judgement=judgement, hats=tuple(hats))
    return replace(before, judged=judged)


def _person(before: Person, after: Person, share: float) -> Person:
    keypoints, both = before.keypoints.copy(), before.seen & after.seen
    keypoints[both, :2] += np.float32(share) * (after.keypoints[both, :2] - before.keypoints[both, :2])
    head = _peak(before.head, after.head, share) if before.head and after.head else before.head
    return replace(before, keypoints=keypoints, head=head)


def _verdict(before: Verdict, after: Verdict, share: float) -> Verdict:
    head = _head(before.head, after.head, share) if before.head and after.head else before.head
    return replace(before, box=_box(before.box, after.box, share), head=head)


def _hat(before: Hat, after: Hat, share: float) -> Hat:
    return replace(before, box=_box(before.box, after.box, share))


def _box(before: Box, after: Box, share: float) -> Box:
    return Box(*(_mix(getattr(before, side), getattr(after, side), share) for side in Box.__dataclass_fields__))


def _head(before: HeadFrame, after: HeadFrame, share: float) -> HeadFrame:
    x, y, size = (_mix(getattr(before, part), getattr(after, part), share) for part in ("x", "y", "size"))
    return replace(before, x=x, y=y, size=size)


def _peak(before: HeadPeak, after: HeadPeak, share: float) -> HeadPeak:
    x, y, size = (_mix(getattr(before, part), getattr(after, part), share) for part in ("x", "y", "size"))
    return replace(before, x=x, y=y, size=size)


def _mix(before: float, after: float, share: float) -> float:
    return before + share * (after - before)
