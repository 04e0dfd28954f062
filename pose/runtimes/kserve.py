"""A runtime that sends batches over HTTP to a server of the Open Inference Protocol (KServe v2).

Sources: https://github.com/kserve/open-inference-protocol; tensors as bytes instead of JSON: Triton's
`extension_binary_data.md`.
"""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any, Final
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from pose.errors import NetworkServerError
from pose.layout import Layout
from pose.runtimes import Runtime
from pose.runtimes.bounded_http import Client

_URL: Final = re.compile(r"http://(?:(?P<name>[A-Za-z0-9._-]+)|\[(?P<v6>[0-9A-Fa-f:]+)\])(?::(?P<port>[0-9]{1,5}))?/?")
_HEADER_LENGTH: Final = "Inference-Header-Content-Length"
_LOOK_AGAIN_S: Final = 1.0
_LOOK_S: Final = 2.0  # for one request about readiness or shapes
_MOST_JSON: Final = 1_000_000  # bytes of an answer's JSON without its values
_JSON_BYTES_A_VALUE: Final = 32
_LONGEST_TEXT: Final = 200
# What json, int and NumPy raise for an answer that does not follow the protocol; its shapes may be huge.
_NOT_UNDERSTOOD: Final = (ValueError, TypeError, ArithmeticError, RecursionError, MemoryError)

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NetworkServer:
    """Where a network is served.

    url: `http://host:port`. model: its name on the server. timeout_s: for a run, from connecting to the answer's last
    byte.
    """

    url: str
    model: str
    timeout_s: float

    def __post_init__(self) -> None:
        """Raise ValueError for another form of address."""
        self.host_and_port()

    def host_and_port(self) -> tuple[str, int]:
        """The host and port of the address; port 80 by default."""
        parts = _URL.fullmatch(self.url)
        port = int((parts and parts["port"]) or 80)
        if not parts or not 0 < port < 65536:
            raise ValueError(f"expected http://host:port, got {self.url[:80]!r}")
        return parts["name"] or parts["v6"], port


@dataclass(frozen=True, slots=True)
class _Agreed:
    """What a server and its model offer.

    binary: whether tensors travel as bytes. picture: the input's name. channels: of each output, by name.
    """

    binary: bool
    picture: str
    channels: dict[str, int]


class KserveRuntime(Runtime):
    """A model on a server, whose arithmetic is unknown; safe to call from several threads.

    The constructor raises NetworkServerError unless the server is ready and its model fits the layout.
    """

    precision = device = "remote"

    def __init__(self, server: NetworkServer, layout: Layout) -> None:
        self._origin = server.url.rstrip("/")
        self._model = f"/v2/models/{quote(server.model, safe='')}"
        self._timeout_s = server.timeout_s
        self._layout = layout
        self._client = Client(*server.host_and_port())
        self._looking = threading.Lock()
        self._agreed = self._meet()
        self._last: tuple[float, str | None] = (time.monotonic(), None)

    def run(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(N, H, W, 3) uint8 BGR -> its answer (N, channels, H / stride, W / stride) float32.

        Raises NetworkServerError when the answer does not arrive in time, or something else does.
        """
        agreed = self._agreed
        body, headers = _request(batch, agreed)
        try:
            with self._asking(f"{self._model}/infer", self._timeout_s, body, headers) as response:
                answer = _read_answer(response, self._shapes(batch.shape, agreed))
        except NetworkServerError as error:
            self._last = (-math.inf, str(error))  # perhaps only this batch's fault, so `check` asks at once
            raise
        self._last = (time.monotonic(), None)
        return answer

    def check(self, *, trusting: bool = False) -> None:
        """Raise NetworkServerError unless the server works.

        The result of the last run or check holds for a second; after a failed run the server is asked at once.
        One thread asks, for a few seconds at most; other threads take the last result meanwhile.
        trusting: do not ask when the last result was good.
        """
        seen, trouble = self._last
        asks = time.monotonic() - seen > _LOOK_AGAIN_S and not (trusting and trouble is None)
        if asks and self._looking.acquire(blocking=False):
            try:
                self._agreed = self._meet()
                self._last = (time.monotonic(), None)
            except NetworkServerError as error:
                self._last = (time.monotonic(), str(error))
            finally:
                self._looking.release()
        _, trouble = self._last
        if trouble is not None:
            raise NetworkServerError(trouble)

    def _meet(self) -> _Agreed:
        for path in ("/v2/health/ready", f"{self._model}/ready"):
            with self._asking(path, self._look_s) as response:
                response.read(_MOST_JSON)
        with self._asking("/v2", self._look_s) as response:
            binary = _speaks_bytes(_read_json(response, _MOST_JSON))
        with self._asking(self._model, self._look_s) as response:
            model = _read_json(response, _MOST_JSON)
            return _Agreed(binary, _picture_input(model), _outputs(model, self._layout))

    @property
    def _look_s(self) -> float:
        return min(_LOOK_S, self._timeout_s)

    def _shapes(self, batch: Shape, agreed: _Agreed) -> dict[str, Shape]:
        stride = self._layout.stride
        cells = (batch[1] // stride, batch[2] // stride)
        return {name: (batch[0], agreed.channels[name], *cells) for name in self._layout.outputs}

    @contextmanager
    def _asking(
        self, path: str, within_s: float, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[HTTPResponse]:
        """An answer with status 200, to be read; NetworkServerError for any other, also while it is read."""
        try:
            with self._client.answer(path, within_s=within_s, body=body, headers=headers) as response:
                if response.status != 200:
                    got = f"{response.status} {_shown(response.read(_LONGEST_TEXT).decode(errors='replace'))}"
                    raise NetworkServerError(f"{self._origin}{path}: expected 200, got {got.strip()}")
                yield response
        except TimeoutError as error:
            raise NetworkServerError(f"{self._origin}{path}: expected an answer in {within_s:g} s, got none") from error
        except (OSError, HTTPException) as error:
            got = _shown(str(error) or type(error).__name__)
            raise NetworkServerError(f"{self._origin}{path}: expected an answer, got none: {got}") from error
        except _NOT_UNDERSTOOD as error:
            raise NetworkServerError(f"{self._origin}{path}: {_shown(str(error))}") from error


def _speaks_bytes(server: dict[str, Any]) -> bool:
    """Whether tensors may travel as bytes: an extension that servers list, but OpenVINO Model Server has unlisted."""
    extensions = server.get("extensions")
    listed = isinstance(extensions, list) and "binary_tensor_data" in extensions
    return listed or server.get("name") == "OpenVINO Model Server"


def _picture_input(model: dict[str, Any]) -> str:
    inputs = _tensors(model, "inputs")
    if len(inputs) != 1:
        raise ValueError(f"expected one input, got {len(inputs)}")
    [(name, tensor)] = inputs.items()
    shape, kind = tensor.get("shape"), tensor.get("datatype")
    if kind != "UINT8" or not isinstance(shape, list) or len(shape) != 4 or shape[3] != 3:
        raise ValueError(f"input {name}: expected UINT8 [-1, -1, -1, 3], got {kind} {shape}")
    return name


def _outputs(model: dict[str, Any], layout: Layout) -> dict[str, int]:
    outputs = _tensors(model, "outputs")
    channels = {}
    for name in layout.outputs:
        tensor = outputs.get(name, {})
        shape, kind = tensor.get("shape"), tensor.get("datatype")
        count = shape[1] if isinstance(shape, list) and len(shape) == 4 else None
        if kind != "FP32" or not isinstance(count, int) or count < 1:
            raise ValueError(f"output {name}: expected FP32 [-1, channels, -1, -1], got {kind} {shape}")
        channels[name] = count
    if sum(channels.values()) < layout.channels:
        raise ValueError(f"outputs: expected {layout.channels} channels of {layout.kind}, got {sum(channels.values())}")
    return channels


def _request(batch: NDArray[np.uint8], agreed: _Agreed) -> tuple[bytes, dict[str, str]]:
    picture: dict[str, Any] = {"name": agreed.picture, "shape": batch.shape, "datatype": "UINT8"}
    outputs: list[dict[str, Any]] = [{"name": name} for name in agreed.channels]
    if not agreed.binary:
        picture["data"] = batch.ravel().tolist()
        return json.dumps({"inputs": [picture], "outputs": outputs}).encode(), {"Content-Type": "application/json"}
    picture["parameters"] = {"binary_data_size": batch.nbytes}
    for output in outputs:
        output["parameters"] = {"binary_data": True}
    head = json.dumps({"inputs": [picture], "outputs": outputs}).encode()
    return head + batch.tobytes(), {"Content-Type": "application/octet-stream", _HEADER_LENGTH: str(len(head))}


def _read_answer(response: HTTPResponse, shapes: dict[str, Shape]) -> NDArray[np.float32]:
    """The outputs, joined along the channel axis in the order of `shapes`; ValueError for other shapes or values."""
    head_length = response.getheader(_HEADER_LENGTH)
    if head_length is None:
        values = sum(math.prod(shape) for shape in shapes.values())
        outputs = _tensors(_read_json(response, _MOST_JSON + _JSON_BYTES_A_VALUE * values), "outputs")
    else:
        outputs = _tensors(_as_object(_read_exactly(response, int(head_length))), "outputs")
    parts: dict[str, NDArray[np.float32]] = {}
    for name, output in outputs.items():  # bytes follow in the order of the answer
        kind, shape, expected = output.get("datatype"), output.get("shape"), shapes.get(name)
        if expected is None or kind != "FP32" or shape != list(expected):
            raise ValueError(f"output {name}: expected FP32 {expected}, got {kind} {shape}")
        parts[name] = _read_values(response, output, expected)
    if parts.keys() != shapes.keys():
        raise ValueError(f"outputs: expected {', '.join(shapes)}, got {', '.join(parts) or 'none'}")
    joined = next(iter(parts.values())) if len(parts) == 1 else np.concatenate([parts[n] for n in shapes], axis=1)
    if not np.isfinite(joined).all():
        raise ValueError("outputs: expected finite numbers, got NaN or infinity")
    return joined


def _read_values(response: HTTPResponse, output: dict[str, Any], shape: Shape) -> NDArray[np.float32]:
    if "data" in output:
        return np.asarray(output["data"], np.float32).reshape(shape)
    values = np.empty(shape, "<f4")
    at, room = 0, values.reshape(-1).view(np.uint8).data
    while at < len(room):
        count = response.readinto(room[at:])
        if not count:
            raise ValueError(f"output {output['name']}: expected {len(room)} bytes, got {at}")
        at += count
    return values


def _read_json(response: HTTPResponse, most: int) -> dict[str, Any]:
    data = response.read(most + 1)
    if len(data) > most:
        raise ValueError(f"expected at most {most} bytes of JSON, got more")
    return _as_object(data)


def _read_exactly(response: HTTPResponse, length: int) -> bytes:
    data = response.read(length) if 0 <= length <= _MOST_JSON else b""
    if len(data) != length:
        raise ValueError(f"{_HEADER_LENGTH}: expected the bytes of JSON that follow, got {length}")
    return data


def _as_object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise ValueError(f"expected JSON, got {data[:40]!r}") from error
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, got {data[:40]!r}")  # noqa: TRY004  the server's mistake, not a caller's
    return value


def _tensors(document: dict[str, Any], key: str) -> dict[str, dict[str, Any]]:
    """The tensors listed under a key, by name."""
    listed = document.get(key)
    tensors = listed if isinstance(listed, list) else []
    if not tensors or not all(isinstance(each, dict) and isinstance(each.get("name"), str) for each in tensors):
        raise ValueError(f"{key}: expected a list of tensors, got {str(listed)[:40]}")
    return {each["name"]: each for each in tensors}


def _shown(text: str) -> str:
    """A server's text, safe to repeat: one line of limited length."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:_LONGEST_TEXT]).split())
