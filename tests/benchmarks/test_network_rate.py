import openvino as ov
import pytest

from benchmarks.network_rate import (
    PICTURE,
    expect_precision,
    gflop,
    group_shares,
    layer_groups,
    matrix_products,
    start,
)
from pose.estimation.model import SHIPPED, read_model

CORE = ov.Core()


@pytest.fixture(scope="module")
def network():
    network = CORE.read_model(read_model(SHIPPED).network_for("int8"))
    network.reshape(list(PICTURE))
    return network


def test_the_network_has_the_gflop_that_its_export_counted(network):
    assert sum(gflop(network).values()) == pytest.approx(read_model(SHIPPED).facts["sizes"]["gflop"], rel=0.01)


def answering(network):
    """The name of the convolution at the network's finest stride that is nearest to its answer."""
    found = [op for op in network.get_ordered_ops() if op.get_type_name() == "Convolution"]
    return [op for op in found if op.output(0).shape[2] == PICTURE[1] // 4][-1].get_friendly_name()


def test_every_convolution_is_in_a_group(network):
    groups = layer_groups(network)
    assert groups.keys() == gflop(network).keys()
    assert next(iter(groups.values())) == "3x3, stride 2"
    assert groups[answering(network)] == "1x1, stride 4"
    assert {"depthwise 3x3, stride 8", "1x1, stride 8"} <= set(groups.values())


def test_shares_of_time_come_to_the_whole(network):
    timed = start(CORE, network, sum(gflop(network).values()), 2)
    shares = group_shares(network, timed, 100.0, runs=1)
    assert sum(share.time for share in shares.values()) == pytest.approx(100)
    assert sum(share.gflop for share in shares.values()) == pytest.approx(timed.gflop)


def test_quantised_products_run_in_int8_and_others_are_told_from_them():
    if "INT8" not in CORE.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("the processor has no instructions for int8")
    expect_precision(start(CORE, matrix_products("int8", 256), 1.0, 2), "int8")
    with pytest.raises(RuntimeError, match="expected 3 in int8"):
        expect_precision(start(CORE, matrix_products("bf16", 256), 1.0, 2), "int8")
