"""Readers of OpenPose's JSON, written after the documentation of public tools that read it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPONENTS = ("pose_keypoints_2d", "face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d")


def by_pose_format(folder: Path) -> dict[int, list[dict[str, NDArray[np.float64]]]]:
    """Each frame's people, their components as (n, 3) x, y, confidence.

    After pose-format (github.com/sign-language-processing/pose), `load_openpose_directory`: every file of the folder is
    a frame, named `[ARBITRARY CHARACTERS]_[FRAME_ID]_keypoints.json`; every person has every component.
    """
    frames = {}
    for path in folder.iterdir():
        frame = int(re.findall(r"(?:^|\D)(\d+)_keypoints\.json", path.name)[-1])
        people = json.loads(path.read_text(encoding="utf-8"))["people"]
        frames[frame] = [{name: np.reshape(person[name], (-1, 3)) for name in COMPONENTS} for person in people]
    return frames


def by_pose2sim(content: Mapping[str, Any], person: int, keypoint: int) -> tuple[float, float, float]:
    """One keypoint's x, y and likelihood.

    After Pose2Sim (github.com/perfanalytics/pose2sim), triangulation of what OpenPose writes: a person's numbers 3 i,
    3 i + 1 and 3 i + 2; its skeleton COCO numbers nose 0, right shoulder 2, right elbow 3, right wrist 4, right hip 8.
    """
    numbers = content["people"][person]["pose_keypoints_2d"]
    return numbers[keypoint * 3], numbers[keypoint * 3 + 1], numbers[keypoint * 3 + 2]
