"""An annotated picture shows every verdict and every hat, readable at any size, and leaves its input alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmet_service.pictures.drawing import OWN_HAT, SENT_HAT, annotate, draw_hats
from helmet_service.pictures.labels import SIGNS
from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.verdicts.judge import Judgement, UnmatchedHat, Verdict
from helmet_service.verdicts.watching import Voted
from pose.estimation.head_frames import HeadFrame

COLOURS = {status: sign.colour for status, sign in SIGNS.items()}
REASONS = {"helmet": "hat_on_head", "no_helmet": "bare_head", "unknown": "low_confidence"}
NOBODY = Judgement((), ())


def grey(width: int = 640, height: int = 480) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


def verdict(
    status: str,
    box: Box,
    *,
    person: int = 0,
    head: HeadFrame | None = None,
    hat: int | None = None,
    confidence: float = 0.9,
) -> Verdict:
    return Verdict(person, status, REASONS[status], None if status == "unknown" else confidence, hat, box, 0.1, head)


def paint(*verdicts: Verdict, hats=(), own=(), loose=(), pixels=None, voted=None) -> np.ndarray:
    pixels = grey() if pixels is None else pixels
    return annotate(pixels, [], Judgement(verdicts, tuple(loose)), hats, own, voted=voted)


def share_of(colour: tuple[int, int, int], pixels: np.ndarray) -> float:
    return float((pixels == colour).all(axis=-1).mean())


def area_of(colour: tuple[int, int, int], pixels: np.ndarray) -> int:
    return int((pixels == colour).all(axis=-1).sum())


@pytest.mark.parametrize("status", REASONS)
def test_a_box_has_the_colour_of_its_status(status):
    painted = paint(verdict(status, Box(200, 150, 100, 200)))
    assert share_of(COLOURS[status], painted[150:350, 200]) == 1
    assert share_of(COLOURS[status], painted[349, 200:300]) == 1
    assert share_of((128, 128, 128), painted[160:340, 210:290]) == 1


@pytest.mark.parametrize("status", REASONS)
def test_the_label_stands_above_the_box(status):
    above = paint(verdict(status, Box(200, 150, 100, 200)))[125:149, 200:260]
    assert 0.3 < share_of(COLOURS[status], above) < 1


def test_symbols_tell_the_statuses_apart_without_colours():
    pictures = [paint(verdict(status, Box(200, 150, 100, 200)))[131:149, 200:218] for status in REASONS]
    dark = [(picture.max(axis=-1) < 60) for picture in pictures]
    for a, b in itertools.combinations(dark, 2):
        assert min(a.sum(), b.sum()) > 20
        assert (a & b).sum() < 0.7 * min(a.sum(), b.sum())


def test_a_track_shows_its_id_and_what_the_frames_so_far_say():
    judged = verdict("helmet", Box(200, 150, 100, 200), head=HeadFrame(250, 180, 50, (0, -1), 0.9))
    seventh, eighth = (paint(judged, voted=[Voted(track, "no_helmet", 0.9, 3.0, 20)]) for track in (7, 8))
    assert area_of(COLOURS["helmet"], seventh) == 0
    assert share_of(COLOURS["no_helmet"], seventh[150:350, 200]) == 1
    rows, columns = np.nonzero((seventh != eighth).any(axis=-1))
    assert rows.max() < 150
    assert 220 < columns.min() <= columns.max() < 240  # behind the symbol and the #


@pytest.mark.parametrize(("width", "height"), [(300, 169), (1280, 720), (3840, 2160)])
def test_labels_cover_nobody_at_any_size(width, height):
    unit = width / 300
    boxes = [Box((10 + 60 * place) * unit, 60 * unit, 40 * unit, 80 * unit) for place in range(5)]
    painted = paint(
        *[verdict("unknown", box, person=place) for place, box in enumerate(boxes)], pixels=grey(width, height)
    )
    for box in boxes:
        left, top, right, bottom = (int(edge) for edge in (box.left, box.top, box.right, box.bottom))
        margin = int(5 * unit)
        assert share_of((128, 128, 128), painted[top + margin : bottom - margin, left + margin : right - margin]) == 1
        assert share_of(COLOURS["unknown"], painted[top - 3 * margin : top - 1, left:right]) > 0.05


def test_a_label_without_room_above_stands_beside():
    painted = paint(verdict("helmet", Box(200, 0, 100, 400), head=HeadFrame(250, 60, 60, (0, -1), 0.9)))
    assert share_of(COLOURS["helmet"], painted[:20, 305:340]) > 0.3


@pytest.mark.parametrize(("left", "top"), [(-50, -50), (600, -50), (-50, 440), (600, 440)])
def test_labels_stay_inside_the_picture(left, top):
    whole = area_of(COLOURS["helmet"], paint(verdict("helmet", Box(320, 240, 1, 1))))
    cornered = area_of(COLOURS["helmet"], paint(verdict("helmet", Box(left, top, 90, 90))))
    assert cornered >= whole * 0.95


def test_labels_of_overlapping_people_do_not_cover_each_other():
    box = Box(200, 150, 100, 200)
    both = paint(verdict("helmet", box), verdict("no_helmet", box, person=1))
    for status in ("helmet", "no_helmet"):
        alone = paint(verdict(status, Box(320, 240, 1, 1)))
        assert area_of(COLOURS[status], both) >= area_of(COLOURS[status], alone) * 0.95


def test_labels_keep_off_heads():
    head = HeadFrame(230, 130, 60, (0, -1), 0.9)
    painted = paint(
        verdict("helmet", Box(200, 100, 100, 200), head=head), verdict("no_helmet", Box(200, 145, 100, 200), person=1)
    )
    assert share_of((128, 128, 128), painted[118:142, 216:244]) == 1


def test_a_head_is_an_ellipse_with_a_tick_upwards():
    turned = HeadFrame(300, 200, 80, (1, 0), 0.9)
    painted = paint(verdict("helmet", Box(250, 150, 200, 200), head=turned))
    for x, y in [(260, 200), (340, 200), (350, 200), (300, 230), (300, 170)]:
        assert np.abs(painted[y, x].astype(int) - COLOURS["helmet"]).max() <= 30  # thin lines are anti-aliased
    assert tuple(painted[200, 300]) == (128, 128, 128)


def test_worn_hats_are_whole_boxes_and_loose_ones_are_dashed():
    hats = [Hat(Box(100, 100, 60, 40), 0.9, 3), Hat(Box(400, 300, 60, 40), None, 5)]
    painted = paint(
        verdict("helmet", Box(90, 90, 100, 200), hat=3), hats=hats, loose=[UnmatchedHat(5, "held_or_lying")]
    )
    assert share_of(SENT_HAT, painted[139, 100:160]) == 1
    assert 0.2 < share_of(SENT_HAT, painted[339, 400:460]) < 0.9
    assert 0.4 < share_of(SENT_HAT, painted[280:299, 400:480]) < 1


def test_hats_that_the_model_saw_itself_have_a_colour_of_their_own():
    own = [Hat(Box(100, 100, 60, 40), 0.9, 0), Hat(Box(400, 300, 60, 40), 0.9, 1)]
    painted = paint(verdict("helmet", Box(90, 90, 100, 200), hat=0), own=own, loose=[UnmatchedHat(1, "no_head_near")])
    assert share_of(OWN_HAT, painted[139, 100:160]) == 1
    assert 0.2 < share_of(OWN_HAT, painted[339, 400:460]) < 0.9


def test_helmets_and_bare_heads_have_the_colours_of_their_status():
    painted = draw_hats(grey(), [Box(100, 100, 60, 40)], [Box(300, 100, 60, 40)])
    assert share_of(COLOURS["helmet"], painted[139, 100:160]) == 1
    assert share_of(COLOURS["no_helmet"], painted[139, 300:360]) == 1


def test_a_hat_outside_is_not_shown():
    hats = [Hat(Box(10_000, 10_000, 50, 50), None, 0)]
    assert (paint(hats=hats, loose=[UnmatchedHat(0, "no_head_near")]) == grey()).all()


def test_nothing_to_show_is_a_copy():
    pixels = grey()
    painted = annotate(pixels, [], NOBODY, [])
    assert (painted == pixels).all()
    assert not np.shares_memory(painted, pixels)


def test_the_input_is_untouched():
    pixels = grey()
    paint(verdict("helmet", Box(200, 150, 100, 200), head=HeadFrame(250, 180, 50, (0, -1), 1)), pixels=pixels)
    assert (pixels == 128).all()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 4000), (4000, 1), (20, 20), (200, 60)])
def test_small_and_thin_pictures(width, height):
    box, head = Box(0, 0, width, height), HeadFrame(0.5, 0.5, 1, (0, -1), 0.5)
    painted = paint(
        verdict("unknown", box, head=head),
        hats=[Hat(box, None, 0)],
        loose=[UnmatchedHat(0, "contested")],
        pixels=grey(width, height),
    )
    assert painted.shape == (height, width, 3)


NUMBERS = st.floats(-1e9, 1e9)
SIDES = st.floats(0, 1e9)
HATS = st.builds(Box, NUMBERS, NUMBERS, SIDES, SIDES)


@given(st.lists(HATS, max_size=4), st.integers(1, 60), st.integers(1, 60))
@settings(max_examples=60)
def test_no_hat_breaks_the_drawing(boxes, width, height):
    hats = [Hat(box, None, index) for index, box in enumerate(boxes)]
    loose = [UnmatchedHat(hat.index, "no_head_near") for hat in hats]
    assert paint(hats=hats, loose=loose, pixels=grey(width, height)).shape == (height, width, 3)
