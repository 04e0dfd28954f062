"""Other people's networks, to compare with ours: described here, run by our code with their layout, never shipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from pose.estimation.estimator import Estimator
from pose.estimation.model import ModelError, read_model, verify
from pose.runtimes.openvino import OpenVinoRuntime

PEERS_DIR: Final = "PEERS_DIR"
"""The environment variable that names the folder of these networks."""


def load_peers(folder: Path, *, height: int, threads: int, inner: Sequence[str] = ()) -> list[Estimator]:
    """The described networks whose files lie in the folder, or below it in a folder of the network's name.

    inner: operations whose channels the runtime answers too (`OpenVinoRuntime`).
    Raises ModelError when the folder has none of them, or a file with another sha256.
    """
    peers = []
    for description in sorted(Path(__file__).parent.glob("*.json")):
        described = read_model(description)
        places = (folder / description.stem / described.network.name, folder / described.network.name)
        network = next((place for place in places if place.is_file()), None)
        if network is None:
            continue
        model = replace(described, network=network)
        verify(model)
        runtime = OpenVinoRuntime(network, model.decoder.layout.outputs, precision="f32", threads=threads, inner=inner)
        peers.append(Estimator(model, runtime, height))
    if not peers:
        raise ModelError(f"{folder}: expected a network that pose/peers/ describes, got none")
    return peers
