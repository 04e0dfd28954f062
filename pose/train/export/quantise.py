"""INT8 by post-training quantisation (NNCF), refused when it costs too much accuracy."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino.passes import ConstantFolding, Manager

from pose.estimation.preprocess import REFERENCE_HEIGHT, place, prepare
from pose.measuring.evaluation import Evaluation
from pose.train.export.network_files import ExportError

CALIBRATION_PICTURES: Final = 300  # NNCF's default; with more, statistics of activations change little
MOST_POINTS_LOST: Final = 1.0  # of AP and of heads found, each 0..100
JUDGED: Final = ("AP", "heads_found")
# How many of the last convolutions stay in float in each attempt: they need the finest values and cost least.
LAYERS_IN_FLOAT: Final = (0, 1, 4)
CONVOLUTIONS: Final = ("Convolution", "GroupConvolution")

Picture = NDArray[np.uint8]
Scores = Mapping[str, Evaluation]  # by data set


def quantise_within(
    network: Path, out: Path, calibration: Sequence[Picture], measure: Callable[[Path], Scores], before: Scores
) -> Scores:
    """Write an INT8 network as `out` (.xml, with its weights as .bin beside it) and return its scores.

    network: ONNX in float. calibration: batches of training pictures as the service prepares them. measure: evaluates
    a network's file on the data sets of `before`, the float network's scores.
    Raises ExportError as `quantise_losing_little`.
    """
    reached: list[Scores] = []

    def lost(quantised: Path) -> Mapping[str, float]:
        reached.append(measure(quantised))
        return points_lost(before, reached[-1])

    quantise_losing_little(network, out, calibration, lost)
    return reached[-1]


def quantise_losing_little(
    network: Path, out: Path, calibration: Sequence[Picture], lost: Callable[[Path], Mapping[str, float]]
) -> None:
    """Write an INT8 network as `out`, with as few layers in float as possible.

    lost: the points that a network's file has lost, by what was measured. Raises ExportError when every attempt loses
    more than `MOST_POINTS_LOST`.
    """
    losses = []
    for layers in LAYERS_IN_FLOAT:
        quantise(network, out, calibration, layers_in_float=layers)
        points = lost(out)
        if max(points.values()) <= MOST_POINTS_LOST:
            return
        losses.append(f"{layers} layers in float: " + ", ".join(f"{name} -{each:.2f}" for name, each in points.items()))
    raise ExportError(f"int8: expected to lose at most {MOST_POINTS_LOST} points, got {'; '.join(losses)}")


def quantise(network: Path, out: Path, calibration: Sequence[Picture], *, layers_in_float: int) -> None:
    """Write one attempt: weights and activations of all but the last few convolutions as 8-bit integers."""
    with warnings.catch_warnings(action="ignore"):  # NNCF warns about its own internals
        import nncf  # noqa: PLC0415  slow to load, and only needed here

        # Not `nncf.set_log_level`: it also raises the level of handlers that others have added to this logger.
        logging.getLogger("nncf").setLevel(logging.ERROR)
        model = ov.Core().read_model(network)
        # Without folding, a reshape hides depthwise weights from NNCF, which scales them along the wrong axis; OpenVINO
        # then computes them in float.
        folding = Manager()
        folding.register_pass(ConstantFolding())
        folding.run_passes(model)
        quantised = nncf.quantize(
            model,
            nncf.Dataset(calibration),
            preset=nncf.QuantizationPreset.MIXED,  # activations may lie unevenly around 0
            target_device=nncf.TargetDevice.CPU,
            subset_size=len(calibration),
            ignored_scope=nncf.IgnoredScope(
                names=[*_sums_of_answers(model), *_last_convolutions(model, layers_in_float)]
            ),
        )
    ov.save_model(quantised, out)


def _sums_of_answers(model: ov.Model) -> list[str]:
    """The operations after the last convolutions: 8 bits would make them coarser and not faster."""
    found: dict[str, ov.Node] = {}
    waiting = list(model.get_results())
    while waiting:
        for value in waiting.pop().input_values():
            node = value.get_node()
            if node.get_type_name() not in (*CONVOLUTIONS, "Constant", "Parameter", "ShapeOf"):
                found[node.get_friendly_name()] = node
                waiting.append(node)
    return list(found)


def _last_convolutions(model: ov.Model, count: int) -> list[str]:
    convolutions = [
        node.get_friendly_name() for node in model.get_ordered_ops() if node.get_type_name() in CONVOLUTIONS
    ]
    return convolutions[max(len(convolutions) - count, 0) :] if count else []


def points_lost(before: Scores, after: Scores) -> dict[str, float]:
    """The loss of each judged figure, by data set and name; ValueError when there is none."""
    lost = {
        f"{data} {name}": evaluation.figures[name] - after[data].figures[name]
        for data, evaluation in before.items()
        for name in JUDGED
        if name in evaluation.figures
    }
    if not lost:
        raise ValueError(f"check: expected pictures with one of {', '.join(JUDGED)} to judge int8 by, got none")
    return lost


def calibration_batches(pictures: Iterable[Picture], *, count: int = CALIBRATION_PICTURES) -> list[Picture]:
    """At most `count` random pictures, as the service prepares them at its reference height: (1, H, W, 3) each."""
    generator = np.random.default_rng(0)
    drawn: list[Picture] = []
    for number, picture in enumerate(pictures):
        place_drawn = number if number < count else int(generator.integers(0, number + 1))
        if place_drawn < count:
            batch = prepare(picture, place(picture.shape[1], picture.shape[0], REFERENCE_HEIGHT))[None]
            drawn[place_drawn : place_drawn + 1] = [batch]
    if not drawn:
        raise ValueError("calibration: expected pictures, got none")
    return drawn
