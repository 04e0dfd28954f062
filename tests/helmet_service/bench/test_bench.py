from __future__ import annotations

import json

import pytest

from helmet_service.__main__ import main
from helmet_service.bench.run import MATCHERS_OF
from pose.estimation.head_frames import own_heads
from tests.pose.labelled import portrait, with_labels, write_shard


@pytest.fixture(scope="module")
def shard(root, estimator, tmp_path_factory):
    """The warm-up picture three times: labelled bare, and twice with a helmet where nobody is."""
    picture = portrait(root)
    (head,) = [head for head in own_heads(estimator(picture.pixels).people) if head]
    box = [head.x - head.size / 2, head.y - head.size / 2, head.size, head.size]
    complete = {"heads_complete": True}
    bare = with_labels(picture, heads=[{"box": box, "kind": "head"}], **complete)
    elsewhere = with_labels(picture, heads=[{"box": [0, 0, 20, 20], "kind": "helmet"}], **complete)
    return write_shard(tmp_path_factory.mktemp("bench") / "three.tar", [bare, elsewhere, elsewhere])


@pytest.fixture(scope="module")
def audited(shard, root, tmp_path_factory):
    """A file that tells of a head that nobody labelled, as large as the last picture."""
    height, width = portrait(root).pixels.shape[:2]
    path = tmp_path_factory.mktemp("audited") / "unlabelled.json"
    path.write_text(json.dumps({"2": [[0, 0, width, height]]}))
    return path


@pytest.mark.slow
def test_every_condition_is_measured_for_its_matchers(shard, audited, capsys, tmp_path):
    told = ["--unlabelled", str(audited), "--gallery", str(tmp_path / "wrong.html")]
    assert main(["bench", str(shard), "--json", *told]) == 0
    table = json.loads(capsys.readouterr().out)
    measured = {(condition.name, matcher) for condition, matchers in MATCHERS_OF.items() for matcher in matchers}
    of_matchers = {matcher: set(table[matcher]) - {"parts"} for _, matcher in measured}
    assert {(name, matcher) for matcher, names in of_matchers.items() for name in names} == measured
    plain = table["assignment"]["whole heads"]
    assert plain["heads_found"][0] == 50  # of the first two pictures: all of the last is told of
    assert plain["bare_caught_of_found"][0] == 100
    assert plain["stray_alarms_per_100"][0] == 33.33  # in the second picture
    page = (tmp_path / "wrong.html").read_text()
    assert "Alarms where no head is labelled" in page
    assert 'src="data:image/jpeg;base64,' in page
    assert "http" not in page


@pytest.mark.parametrize(
    ("name", "complaint"), [("missing.tar", "missing.tar"), ("headless.tar", "expected some with every head")]
)
def test_what_cannot_be_measured_is_one_line(root, tmp_path, capsys, name, complaint):
    write_shard(tmp_path / "headless.tar", [portrait(root)])
    assert main(["bench", str(tmp_path / name)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert complaint in error
