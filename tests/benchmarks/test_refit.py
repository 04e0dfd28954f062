import json
import shutil
from dataclasses import asdict, replace

import numpy as np
import pytest

from benchmarks.proportions import FEWEST, measure
from benchmarks.refit import changed_rules, moved_hats, moved_keypoints, write
from helmet_service.verdicts.rules import Calibration, Rules
from pose.data.labels import WHOLE_HEAD, read_labels
from pose.data.shards import LabelledPicture
from pose.estimation import head_frames
from pose.estimation.joining import Joining
from pose.estimation.model import read_model
from pose.estimation.second_look import SecondLook
from pose.skeleton import NOSE, Person

SIZE = 50.0  # of every head, its centre at (100, 100), pixels


def seen(kind="head", boxes=WHOLE_HEAD, box=(75, 75, 50, 50), nose=(0.0, 0.0)):
    """Pictures of a person seen from the front, whose nose lies so far beside the canonical head's."""
    keypoints = np.zeros((18, 3), np.float32)
    for keypoint, place in head_frames.FRONT.items():
        keypoints[keypoint] = *(100 + SIZE * np.array(place)), 1
    keypoints[NOSE, :2] += SIZE * np.array(nose)
    labels = read_labels({"heads": [{"box": list(box), "kind": kind}], "boxes": boxes})
    picture = LabelledPicture("made-up", np.zeros((1, 1, 3), np.uint8), labels)
    return [(picture, [Person(keypoints, 1.0)])] * FEWEST


def test_people_of_the_canonical_proportions_move_nothing():
    assert list(moved_keypoints(measure(seen()))) == []


def test_a_keypoint_that_has_moved_is_told_with_both_places():
    (moved,) = moved_keypoints(measure(seen(nose=(0.0, 0.1))))
    assert str(moved) == "pose/estimation/head_frames.py: FRONT[nose]: (0, 0.09) -> (0.0, 0.19)"


def hat_box(convention, up=0.0):
    side = SIZE * convention.size
    return 100 - side / 2, 100 - SIZE * (convention.along + up) - side / 2, side, side


def test_hats_that_lie_higher_than_the_convention_are_told():
    people = seen("helmet", "shell when worn, whole head when bare", hat_box(Rules().fit.shell, up=0.1))
    measured = measure([*people, *seen("helmet", box=hat_box(Rules().fit.head))])
    upper = measured.hats.pop("upper part of whole head")
    assert upper.along > Rules().fit.head.along
    (moved,) = moved_hats(measured)
    assert moved.name == "Rules.fit.shell"
    assert moved.new.along == pytest.approx(Rules().fit.shell.along + 0.1, abs=0.01)
    assert moved.new.size == pytest.approx(Rules().fit.shell.size, abs=0.01)


def test_rules_as_the_code_has_them_are_not_told():
    assert list(changed_rules(Rules())) == []
    rules = replace(Rules(), gate=4.5, calibration=Calibration(bare_head=2.5))
    assert [str(one) for one in changed_rules(rules)] == [
        "helmet_service/verdicts/rules.py: Rules.gate: 6.5 -> 4.5",
        "helmet_service/verdicts/rules.py: Rules.calibration.bare_head: 1.18 -> 2.5",
    ]


SECOND = SecondLook(
    candidate=0.06, sure=0.97, small=32.0, tiny=12.0, side=8.0,
    constant=-5.0, skeleton=1.0, head=2.0, skeleton_again=3.0, head_again=4.0, person=0.5,
)  # fmt: skip


@pytest.mark.parametrize(
    ("joining", "second"),
    [(None, None), (Joining(peak=0.1, constant=-7.0, skeleton=8.0, head=8.0, person=0.3), SECOND)],
)
def test_only_thresholds_are_written(root, tmp_path, joining, second):
    path = tmp_path / "pose.json"
    shutil.copy(root / "model" / "pose.json", path)
    before, model = json.loads(path.read_text()), read_model(path)
    decoder = replace(model.decoder, grouping=replace(model.decoder.grouping, peak=0.123))
    fitted = replace(model, decoder=decoder, joining=joining, second_look=second)
    write(tmp_path, fitted)
    after = json.loads(path.read_text())
    thresholds = {name: after.pop(name) for name in ("grouping", "joining", "second_look")}
    assert thresholds == {
        "grouping": asdict(decoder.grouping),
        "joining": joining and asdict(joining),
        "second_look": second and asdict(second),
    }
    assert after == {name: value for name, value in before.items() if name not in thresholds}
    assert read_model(path) == fitted
