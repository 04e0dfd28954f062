"""Fits anew what verdicts' confidences rest on, after each change of the network: `python -m benchmarks.confidence`.

Reads tune-site.tar and train-1.tar from PICTURES_DIR, finds the people of all of the first and of 600 site pictures of
the second, and prints two logistic regressions: that a head frame is a head (`pose.head_frames._confidence`), and that
a head without a hat is bare (`helmet_service.verdicts.calibration.bare_confidence`; tune-site alone). A head is right
when it is paired with a labelled box; real people whom nobody labelled count as wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit
from tqdm import tqdm

import pose
from benchmarks.folders import folder
from benchmarks.verdicts import by_assignment, hats
from pose.head_frames import own_heads
from pose.measures import pair_heads
from pose.model import SHIPPED
from pose.shards import LabelledPicture, read_shard
from pose.skeleton import HEAD_KEYPOINTS, LEFT_SHOULDER, NECK, RIGHT_SHOULDER

SITE_PICTURES: Final = 600

Floats = NDArray[np.float64]
Seen = list[tuple[LabelledPicture, pose.Estimate]]


def main() -> None:
    """Print both fits, each with what it says beside what was so, by tenths of the heads."""
    pictures = folder("PICTURES_DIR")
    if pictures is None:
        return
    estimator = pose.load(SHIPPED, threads=2)
    site = [picture for picture in read_shard(pictures / "train-1.tar") if picture.labels["heads_complete"]]
    tune = _find(estimator, list(read_shard(pictures / "tune-site.tar")))
    everything = tune + _find(estimator, site[:SITE_PICTURES])
    rows = np.array([row for picture, found in everything for row in _heads(picture, found)])
    _report("head: constant, head points, neck and shoulders", rows[:, :-1], rows[:, -1])
    rows = np.array([row for picture, found in tune for row in _bare_heads(picture, found)])
    _report("bare: constant, log-odds of the head", rows[:, :-1], rows[:, -1])


def _find(estimator: pose.Estimator, pictures: Sequence[LabelledPicture]) -> Seen:
    return [(picture, estimator(picture.pixels)) for picture in tqdm(pictures, unit="picture", leave=False)]


def _heads(picture: LabelledPicture, found: pose.Estimate) -> Iterator[tuple[float, float, bool]]:
    """Summed scores of head points, of neck and shoulders, and whether the head is a labelled one."""
    seen = [(person, head) for person, head in zip(found.people, own_heads(found.people), strict=True) if head]
    pairing = pair_heads(
        np.array([(head.x, head.y) for _, head in seen], float).reshape(-1, 2), picture.heads, picture.ignore
    )
    for indices, right in ((pairing.pairs[:, 0], True), (pairing.ghosts, False)):
        for index in indices:
            scores = seen[index][0].keypoints[:, 2]
            head_points = float(scores[list(HEAD_KEYPOINTS)].sum())
            if head_points > 0:
                yield head_points, float(scores[[NECK, RIGHT_SHOULDER, LEFT_SHOULDER]].sum()), right


def _bare_heads(picture: LabelledPicture, found: pose.Estimate) -> Iterator[tuple[float, bool]]:
    """Log-odds of heads that no labelled helmet was assigned to, and whether they are labelled bare."""
    judged = [verdict for verdict in by_assignment(picture, found, hats(picture, 1.0)).people if verdict.head]
    centres = np.array([(v.head.x, v.head.y) for v in judged if v.head], float).reshape(-1, 2)
    pairing = pair_heads(centres, picture.heads, picture.ignore)
    bare = {head: not picture.helmeted[label] for head, label in pairing.pairs.tolist()}
    bare |= dict.fromkeys(pairing.ghosts.tolist(), False)
    for index, right in bare.items():
        head = judged[index].head
        if head and judged[index].reason in ("bare_head", "low_confidence"):
            yield float(logit(np.clip(head.confidence, 1e-6, 1 - 1e-6))), bool(right)


def _report(name: str, features: Floats, right: Floats) -> None:
    design = np.column_stack([np.ones(len(features)), features])

    def surprise(weights: Floats) -> float:
        return float(np.logaddexp(0, np.where(right > 0, -1, 1) * (design @ weights)).sum())

    weights = minimize(surprise, np.zeros(design.shape[1])).x
    print(f"{name}: {', '.join(f'{weight:.2f}' for weight in weights)} ({len(right)} heads, {right.mean():.2f} right)")
    said = expit(design @ weights)
    print("| said | was so | heads |\n|---|---|---|")
    for part in np.array_split(np.argsort(said), 10):
        print(f"| {said[part].mean():.2f} | {right[part].mean():.2f} | {len(part)} |")


if __name__ == "__main__":
    main()
