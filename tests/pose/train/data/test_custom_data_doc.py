import re

import cv2
import numpy as np

from pose.__main__ import main
from pose.skeleton import LEFT_WRIST, NECK, NOSE, RIGHT_ANKLE
from pose.train.data.examples import DataConfig
from pose.train.data.sources import parse_source, read_source
from tests.pose.train.made_up import smooth


def test_the_worked_example_works(root, tmp_path, monkeypatch, capsys):
    (snippet,) = re.findall(r"```python\n(.*?)```", (root / "docs" / "custom-data.md").read_text(), re.DOTALL)
    (tmp_path / "sports.py").write_text(snippet)
    monkeypatch.syspath_prepend(tmp_path)
    cv2.imwrite(str(tmp_path / "one.png"), smooth(90, 60))
    joints = [(20 + number, 80 - 5 * number) for number in range(12)] + [(30, 25), (30, 5)]
    joints[11] = ("", "")
    (tmp_path / "joints.csv").write_text(",".join(["one.png", *(str(value) for joint in joints for value in joint)]))
    source = f"sports:read={tmp_path}"

    (example,) = read_source(parse_source(source), DataConfig())
    assert example.people[0, RIGHT_ANKLE].tolist() == [20.5, 80.5, 1]
    assert example.people[0, NECK].tolist() == [30.5, 25.5, 1]
    assert not example.people[0, [NOSE, LEFT_WRIST]].any()
    left, top, width, height = example.ignore[0]
    assert left < 30 < left + width
    assert top <= 5 < top + height < 25 + 0.5
    np.testing.assert_array_equal(example.pixels, smooth(90, 60))

    assert main(["data", "check", source, "--draw", str(tmp_path / "sheets")]) == 0
    assert "1 labelled by people" in capsys.readouterr().out
    assert (tmp_path / "sheets" / "sheet-0.png").is_file()
