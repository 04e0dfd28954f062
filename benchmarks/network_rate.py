"""How much of the processor's matrix rate the network gets: `python -m benchmarks.network_rate [--threads N]`.

The matrix rate is that of three large matrix products in a row, in INT8 and in bf16, in alternating runs with the
shipped network at 384x672, by the same library and number of threads. FLOP = 2 x MAC, of convolutions only. A second
table shows where the network's time goes, by its layers' kernels and strides.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import openvino as ov
from openvino import opset13 as operations

from pose.estimation.model import SHIPPED, read_model

PICTURE: Final = (1, 384, 672, 3)
SIDE: Final = 2048  # of a product's matrices
PRODUCTS: Final = 3
ROUNDS: Final = 21
TARGET: Final = 40  # per cent of the matrix rate
# How OpenVINO's profiling marks what ran in a precision, after the instruction set.
MARKS: Final = {"int8": "I8", "bf16": "bf16"}
INSTRUCTIONS: Final = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")


@dataclass(frozen=True, slots=True)
class Timed:
    """A compiled model with an input for it, and the GFLOP of one run."""

    request: ov.InferRequest
    fed: np.ndarray[Any, Any]
    gflop: float

    def rate(self) -> float:
        """GFLOP/s of one run."""
        started = time.perf_counter()
        self.request.infer([self.fed])
        return self.gflop / (time.perf_counter() - started)

    def profile(self) -> Iterator[tuple[str, str, float]]:
        """Each operation of the last run: its name, its kernel, seconds."""
        for operation in self.request.get_profiling_info():
            if operation.real_time:
                yield operation.node_name, operation.exec_type, operation.real_time.total_seconds()


def main() -> None:
    """Print the processor's instructions and two Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    threads = parser.parse_args().threads
    core = ov.Core()
    described, able = read_model(SHIPPED), core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    precisions = [precision for precision in MARKS if precision.upper() in able]
    print(f"{core.get_property('CPU', 'FULL_DEVICE_NAME')}: {', '.join(_instructions())}; {threads} threads\n")
    print("| precision | network, GFLOP | matrix rate, GFLOP/s | network, GFLOP/s | share % | target |")
    print("|---|---|---|---|---|---|")
    shares = {}
    for precision in precisions:
        network = core.read_model(described.network_for(precision))
        network.reshape(list(PICTURE))
        timed = start(core, network, sum(gflop(network).values()), threads)
        product = start(core, matrix_products(precision, SIDE), 2e-9 * PRODUCTS * SIDE**3, threads)
        rates = [(product.rate(), timed.rate()) for _ in range(ROUNDS)]
        expect_precision(product, precision)
        matrix, ours = (statistics.median(each) for each in zip(*rates, strict=True))
        share = statistics.median(100 * one / other for other, one in rates)
        print(
            f"| {precision} | {timed.gflop:.1f} | {matrix:.0f} | {ours:.0f} | {share:.0f} | >= {TARGET} |", flush=True
        )
        shares[precision] = group_shares(network, timed, matrix)
    print(f"\n| layers | GFLOP | {' | '.join(f'{p}, % of time | {p}, % of matrix rate' for p in precisions)} |")
    print("|---" * (2 + 2 * len(precisions)) + "|")
    for group, first in shares[precisions[0]].items():
        columns = " | ".join(f"{each[group].time:.0f} | {each[group].rate:.0f}" for each in shares.values())
        print(f"| {group} | {first.gflop:.1f} | {columns} |")


def start(core: ov.Core, model: ov.Model, gflop: float, threads: int) -> Timed:
    """Compile as the service does, with profiling, and run once."""
    bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    configuration = {
        "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,
        "PERF_COUNT": True,
    }
    request = core.compile_model(model, "CPU", configuration).create_infer_request()
    generator, shape = np.random.default_rng(0), model.input(0).get_shape()
    fed = (255 * generator.random(shape)).astype(model.input(0).get_element_type().to_dtype())
    request.infer([fed])
    return Timed(request, fed, gflop)


def matrix_products(precision: str, side: int) -> ov.Model:
    """Products of square matrices in a row, quantised (uint8 by int8) for `int8`."""
    generator = np.random.default_rng(0)
    picture = operations.parameter([side, side], np.float32)
    values = picture
    for _ in range(PRODUCTS):
        weights = operations.constant(generator.uniform(-1, 1, (side, side)).astype(np.float32))
        if precision == "int8":
            values, weights = _quantised(values, 0, 255, 256), _quantised(weights, -1.27, 1.27, 255)
        values = operations.relu(operations.matmul(values, weights, False, True))
    return ov.Model([values], [picture])


def _quantised(values: ov.Node, low: float, high: float, levels: int) -> ov.Node:
    bounds = [operations.constant(np.float32(bound)) for bound in (low, high)]
    return operations.fake_quantize(values, *bounds, *bounds, levels)


def expect_precision(product: Timed, precision: str) -> None:
    """RuntimeError unless all products really ran in this precision."""
    ran = [how for _, how, _ in product.profile() if "gemm" in how]
    if len(ran) != PRODUCTS or not all(how.endswith(MARKS[precision]) for how in ran):
        raise RuntimeError(f"matrix products: expected {PRODUCTS} in {precision}, got {', '.join(ran)}")


def gflop(network: ov.Model) -> dict[str, float]:
    """GFLOP of each convolution, by its name, of a network with a fixed input shape."""
    counted = {}
    for operation in network.get_ordered_ops():
        if operation.get_type_name() in ("Convolution", "GroupConvolution"):
            # weights: outputs, inputs, rows, columns; in groups: groups before these
            leading = 1 if operation.get_type_name() == "Convolution" else 2
            macs = math.prod(operation.output(0).shape) * math.prod(operation.input_value(1).shape[leading:])
            counted[operation.get_friendly_name()] = 2e-9 * macs
    return counted


def layer_groups(network: ov.Model) -> dict[str, str]:
    """The kernel and the stride of each convolution, in words, by its name, in the network's order."""
    groups = {}
    for operation in network.get_ordered_ops():
        if operation.get_type_name() in ("Convolution", "GroupConvolution"):
            kind = "depthwise " if operation.get_type_name() == "GroupConvolution" else ""
            rows, columns = list(operation.input_value(1).shape)[-2:]
            stride = PICTURE[1] // operation.output(0).shape[2]
            groups[operation.get_friendly_name()] = f"{kind}{rows}x{columns}, stride {stride}"
    return groups


@dataclass(frozen=True, slots=True)
class Share:
    """A group's GFLOP, its share of the time and its share of the matrix rate, in percent."""

    gflop: float
    time: float
    rate: float


def group_shares(network: ov.Model, timed: Timed, matrix_rate: float, runs: int = ROUNDS) -> dict[str, Share]:
    """Shares over several runs, by group; `other`: all but convolutions. matrix_rate: GFLOP/s."""
    groups, counted = layer_groups(network), gflop(network)
    seconds = dict.fromkeys([*groups.values(), "other"], 0.0)
    for _ in range(runs):
        timed.rate()
        for name, _, taken in timed.profile():
            seconds[groups.get(name, "other")] += taken / runs
    total = sum(seconds.values())
    return {
        group: Share(work, 100 * taken / total, 100 * work / taken / matrix_rate if work else 0.0)
        for group, taken in seconds.items()
        for work in [sum(counted[name] for name in groups if groups[name] == group)]
    }


def _instructions() -> list[str]:
    """The processor's instruction sets that matter to networks, as Linux lists them."""
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    return [name for name in INSTRUCTIONS if name in flags]


if __name__ == "__main__":
    main()
