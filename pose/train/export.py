"""Weights -> a model's folder for serving: ONNX with normalisation inside, and `pose.json` beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from pose.fields import FieldSpec
from pose.model import DESCRIPTION, file_sha256
from pose.runtimes import open_runtime
from pose.train.networks.fpn import Fpn

NETWORK: Final = "pose.onnx"
# Fields lie in about [-1, 1.2]. Weights are stored as float16 (11 MB instead of 23), which moved the first weights'
# fields by 0.0008 at most on samples/site_two.jpg and by 0.0001 on noise, with either runtime.
TOLERANCE: Final = 0.005

FPN_FIELDS: Final = FieldSpec(
    outputs=("fields",),
    stride=4,
    heatmaps=tuple(range(18)),
    background=18,
    pafs=tuple((19 + 2 * limb, 20 + 2 * limb) for limb in range(19)),
    helmeted_heads=57,
    bare_heads=58,
)


class ExportError(Exception):
    """The exported network does not answer what the trained one does."""


class Served(nn.Module):
    """A trained network that takes pictures as they come: (N, H, W, 3) uint8 BGR."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> Tensor:
        """(N, H, W, 3) uint8 -> fields (N, channels, H / stride, W / stride)."""
        fields: Tensor = self.network(picture.permute(0, 3, 1, 2).float() / 256 - 0.5)
        return fields


def export(weights: Path, folder: Path, card: dict[str, Any]) -> None:
    """Write `folder`/pose.onnx and pose.json from a state dict of `fpn`.

    card: `name`, `version`, `grouping`, `warm_up` and `facts` as pose.json holds them.
    Raises ExportError when a runtime's answer differs from torch's by more than `TOLERANCE`.
    """
    network = Fpn(outputs=FPN_FIELDS.channels)
    network.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    served = Served(network).float().eval()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NETWORK
    _write_onnx(served, path)
    _slim(path)
    compare_runtimes(served, path)
    description = {**card, "network": NETWORK, "sha256": file_sha256(path), "fields": FPN_FIELDS.to_json()}
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def _write_onnx(served: Served, path: Path) -> None:
    any_size = torch.export.Dim.DYNAMIC
    torch.onnx.export(
        served,
        (torch.zeros(2, 384, 672, 3, dtype=torch.uint8),),
        path,
        input_names=["picture"],
        output_names=list(FPN_FIELDS.outputs),
        dynamic_shapes=({0: any_size, 1: any_size, 2: any_size},),
        external_data=False,
        verbose=False,
    )


def _slim(path: Path) -> None:
    """Drop the exporter's notes (paths and line numbers of this machine) and keep large constants as float16.

    A cast behind each widens it again; runtimes fold it away when they load.
    """
    model = onnx.load(path)
    graph = model.graph
    for noted in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        noted.ClearField("metadata_props")
        noted.ClearField("doc_string")
    for constant in list(graph.initializer):
        values = numpy_helper.to_array(constant)
        if values.dtype != np.float32 or values.size < 1024:
            continue
        name = constant.name
        constant.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.float16"))
        graph.node.insert(0, helper.make_node("Cast", [f"{name}.float16"], [name], to=TensorProto.FLOAT))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def compare_runtimes(served: Served, path: Path) -> None:
    """ExportError when a runtime's fields of noise differ from torch's by more than `TOLERANCE`."""
    noise = np.random.default_rng(0).integers(0, 256, (2, 128, 192, 3), np.uint8)
    with torch.inference_mode():
        expected = served(torch.from_numpy(noise)).numpy()
    for name in ("openvino", "onnx"):
        got = open_runtime(name, path, FPN_FIELDS, precision="f32", threads=1).run(noise)
        difference = float(np.abs(got - expected).max())
        if difference > TOLERANCE:
            raise ExportError(f"{name}: expected fields within {TOLERANCE} of torch's, got {difference:.4f} off")
