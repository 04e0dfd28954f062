import json

import cv2
import pytest

from pose.__main__ import main
from pose.train.augment.draw_targets import LEGEND_HEIGHT
from tests.pose.train.data.sources.made_up_shards import write_made_up_shard


def test_check_counts_and_draws(tmp_path, capsys):
    shard = write_made_up_shard(tmp_path / "a.tar", pictures=3)
    out = tmp_path / "sheets"
    assert main(["data", "check", str(shard), f"2*shard:{shard}", "--draw", str(out), "--samples", "13"]) == 0
    said = capsys.readouterr().out
    assert "pictures                  3  0 of them without people" in said
    assert "people                    3  0 labelled by people, 3 by a teacher" in said
    assert "heads                     6  3 helmeted, 3 bare" in said
    assert said.count(f"shard:{shard}") == 2
    left_ear = next(line.split() for line in said.splitlines() if "left_ear" in line)
    assert left_ear == ["left_ear", "0", "0", "0", "3", "0"], "no target, three unsure ones"
    assert "looks wrong" not in said
    assert [path.name for path in sorted(out.iterdir())] == ["sheet-0.png"], "six pictures are all there are"
    assert cv2.imread(str(out / "sheet-0.png")).shape == (3 * 320 + LEGEND_HEIGHT, 6 * 320, 3)


def test_check_names_what_looks_wrong(tmp_path, capsys):
    nobody = {"keypoints": [[0, 0, 0]] * 17, "source": "human"}
    outside = {"keypoints": [[90, 10, 2]] * 17, "source": "human"}
    shard = write_made_up_shard(
        tmp_path / "a.tar",
        pictures=1,
        people=[nobody, outside],
        heads=[{"box": [70, 10, 30, 2], "kind": "head"}, {"box": [1, 1, 2, 2], "kind": "helmet"}],
    )
    assert main(["data", "check", str(shard)]) == 0
    said = capsys.readouterr().out
    for oddity in (
        "keypoints outside the picture",
        "people without keypoints",
        "heads reaching out of the picture",
        "heads under 4 pixels or without width or height",
    ):
        assert f"looks wrong: {oddity}: 1 pictures, such as 0" in said


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nonsense"], "source: expected shard:FILE.tar"),
        (["nowhere.tar"], "nowhere.tar"),
        (["a.tar", "--samples", "0"], "--samples: expected at least 1, got 0"),
        (["a.tar", "--teacher-target", "2"], "teacher_absent, teacher_target: expected"),
    ],
)
def test_what_cannot_be_checked_is_an_error(arguments, complaint, capsys):
    assert main(["data", "check", *arguments]) == 1
    assert complaint in capsys.readouterr().err


def test_weigh_writes_the_weights_of_hard_pictures(tmp_path, capsys):
    bare = [{"box": [10, 10, 20, 20], "kind": "head"}]
    shard, out = write_made_up_shard(tmp_path / "a.tar", pictures=2, heads=bare), tmp_path / "weights.json"
    assert main(["data", "weigh", str(shard), "--bare", "2", "--missed", "0", "--ghost", "0", "--out", str(out)]) == 0
    assert json.loads(out.read_text()) == {"0": 3, "1": 3}
    said = capsys.readouterr().out
    assert "2 pictures with every head labelled, 2 of them hard" in said
    assert "bare         2 in 2 pictures" in said
