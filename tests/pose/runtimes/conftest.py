"""The shipped model for tests of runtimes, and its network run here."""

import pytest

from pose.estimation.model import read_model
from pose.runtimes import open_runtime


@pytest.fixture(scope="package")
def model(root):
    return read_model(root / "model")


@pytest.fixture(scope="package")
def local(model):
    return open_runtime("onnx", model.network, model.decoder.layout, precision="f32", threads=1)
