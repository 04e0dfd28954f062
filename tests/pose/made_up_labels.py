"""Labels of every kind that a file can hold, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from pose.data.labels import BARE, HELMET, HUMAN, NO_BOXES, SHELL, TEACHER, WHOLE_HEAD, HeadLabel, Labels, PersonLabel

_PIXELS = st.floats(2, 4000)
_BOX = st.tuples(_PIXELS, _PIXELS, _PIXELS, _PIXELS)
_VISIBILITY = {HUMAN: st.sampled_from([0.0, 1.0, 2.0]), TEACHER: st.floats(0, 1)}


def _few(of: st.SearchStrategy) -> st.SearchStrategy[tuple]:
    return st.lists(of, max_size=2).map(tuple)


def people() -> st.SearchStrategy[PersonLabel]:
    """People of both sources."""
    return st.sampled_from([HUMAN, TEACHER]).flatmap(
        lambda source: st.builds(
            PersonLabel,
            keypoints=st.tuples(*[st.tuples(_PIXELS, _PIXELS, _VISIBILITY[source])] * 17),
            source=st.just(source),
            box=_BOX,
            area=_PIXELS,
            score=st.none() | st.floats(0, 1),
        )
    )


def labels() -> st.SearchStrategy[Labels]:
    """What is known of a picture."""
    return st.builds(
        Labels,
        width=st.none() | st.integers(1, 4000),
        height=st.none() | st.integers(1, 4000),
        people=_few(people()),
        ignore=_few(_BOX),
        heads=_few(st.builds(HeadLabel, _BOX, st.sampled_from([HELMET, BARE]))),
        boxes=st.sampled_from([WHOLE_HEAD, SHELL, NO_BOXES]),
        person_boxes=_few(_BOX),
    )
