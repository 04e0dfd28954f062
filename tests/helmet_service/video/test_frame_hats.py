from __future__ import annotations

import json

from helmet_service.verdicts.boxes import Box, Hat
from helmet_service.video.frame_hats import FrameHats

HAT = {"left": 1, "top": 2, "width": 3, "height": 4}


def test_each_frame_has_the_hats_of_its_line(tmp_path):
    lines = [{"frame": 6, "hats": [HAT | {"score": 0.5}]}, {"frame": 0, "hats": []}, {"frame": 6, "hats": [HAT]}]
    path = tmp_path / "hats.jsonl"
    path.write_text("\n\n".join(map(json.dumps, lines)))
    hats = FrameHats(path)
    assert hats.of(6) == [Hat(Box(1, 2, 3, 4), None, 0)]
    assert hats.of(0) == []
    assert hats.of(1) is None


def test_without_a_file_no_frame_has_hats(tmp_path):
    assert FrameHats(tmp_path / "hats.jsonl").of(0) is None
