"""Every setting of the service once: its type, default and meaning; read from the environment."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from helmet_service.verdicts.rules import Rules
from pose.estimation.model import SHIPPED
from pose.estimation.second_look import INPUT
from pose.estimation.views import MOST_TILES, Views
from pose.runtimes.kserve import NetworkServer

_SPARE_THREADS: Final = 4  # to answer health and refusals while the network is busy and its queue is full
_INTEGER: Final = re.compile(r"-?[0-9]{1,12}")
_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


class SettingsError(Exception):
    """A setting that cannot be used: one line naming the variable, what was expected and what came."""


def _setting(
    default: Any,  # noqa: ANN401  any of the types below
    meaning: str,
    *,
    least: float = -math.inf,
    most: float = math.inf,
    step: int = 1,
    shown: str | None = None,
) -> Any:  # noqa: ANN401
    metadata = {"meaning": meaning, "least": least, "most": most, "step": step, "shown": shown or str(default)}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment decides; the variable of a field is its name in capitals."""

    host: str = _setting(
        "0.0.0.0",  # noqa: S104  a service: reachable unless told otherwise
        "Where to listen: addresses of IPv4 and IPv6, names and `unix:/path`, with commas between; `::` is "
        "all of IPv6 and IPv4 (docs/operations.md).",
    )  # fmt: skip
    port: int = _setting(24417, "Port to listen on, at each address of `HOST`.", least=1, most=65535)
    workers: int = _setting(2, "Worker processes; each loads the model.", least=1, most=64)
    threads: int = _setting(32, "Threads of a worker: requests it handles at once.", least=_SPARE_THREADS + 1, most=256)
    model_dir: Path = _setting(  # noqa: RUF009  a constant
        SHIPPED, "Folder of the model (`pose.json` and its network).", shown="model (beside the packages)"
    )
    runtime: Literal["auto", "openvino", "onnx", "cuda", "kserve"] = _setting(
        "auto", "What runs the network: `auto` takes an NVIDIA GPU if one loads (`cuda`), else `openvino`; `kserve`: a "
        "server of its own does (docs/scaling.md).",
    )  # fmt: skip
    kserve_url: str = _setting(
        "", "Where the network is served, for `RUNTIME=kserve`, such as `http://networks:8000`: any server of the Open "
        "Inference Protocol (KServe v2).", shown="none",
    )  # fmt: skip
    kserve_model: str = _setting("pose", "The model's name on that server.")
    kserve_timeout_s: float = _setting(
        5.0, "Seconds that a run may take there, with the way; beyond, the request is answered 503.", least=0.001,
        most=600,
    )  # fmt: skip
    precision: Literal["auto", "f32", "bf16", "int8"] = _setting(
        "auto",
        "The network's arithmetic; `auto` takes the quantised network (`int8`) where the model's folder has one for "
        "OpenVINO, else `bf16` where the processor computes it natively, else `f32`; on a GPU `tf32`. `bf16` and "
        "`int8` are OpenVINO's.",
    )
    inference_threads: int = _setting(2, "Threads of one run of the network.", least=1, most=256)
    inferences: int = _setting(
        1, "Requests at a worker's network at once; OpenVINO runs each with `INFERENCE_THREADS` threads of its own.",
        least=1, most=64,
    )  # fmt: skip
    batch: int = _setting(
        0, "Most pictures in one run of the network: requests that came while the last one ran go together, and so "
        "many are let to the network at once. 0: 8 on a GPU (fewer where `THREADS` allows fewer), else 1.",
        least=0, most=128,
    )  # fmt: skip
    input_height: int = _setting(
        384, "Height of the network's input in pixels: more finds smaller people and costs more.",
        least=32, most=2048, step=32,
    )  # fmt: skip
    max_body_mb: int = _setting(20, "Largest request body, in MB of 1,000,000 bytes.", least=1, most=1000)
    in_flight_mb: int = _setting(
        128, "Bodies that a worker holds at once, in MB; a request beyond is answered 503. At least `MAX_BODY_MB`.",
        least=1, most=100_000,
    )  # fmt: skip
    max_picture_mp: int = _setting(
        40, "Largest picture, in millions of pixels; checked before decoding.", least=1, most=1000
    )
    max_pictures: int = _setting(16, "Most pictures in one request of `/get_head_point_v2`.", least=1, most=1000)
    max_hats: int = _setting(500, "Most hats, and most vests, in one request.", least=1, most=10_000)
    scales: Literal["1", "1,1.5", "1,2", "1,1.5,2"] = _setting(
        "1", "At how many times `INPUT_HEIGHT` each picture is looked at: 1.5 and 2 find small people and cost more "
        "(docs/benchmarks.md); where a request names no `scales`.",
    )  # fmt: skip
    tile_columns: int = _setting(
        1, "Columns of tiles that are looked at beside the whole picture, for small people (docs/benchmarks.md); where "
        "a request names no `tiles`.", least=1, most=MOST_TILES,
    )  # fmt: skip
    tile_rows: int = _setting(1, "Rows of these tiles.", least=1, most=MOST_TILES)
    looks: Literal["auto", "once"] = _setting(
        "auto", "`auto` looks again, enlarged, at people who are small or unsure, where the model can "
        "(docs/benchmarks.md); `once` never does; where a request names no `looks`.",
    )  # fmt: skip
    second_looks: int = _setting(
        8, "Most squares of a picture that are looked at again; each costs at most 256 x 256 pixels of the network's "
        "work.", least=0, most=64,
    )  # fmt: skip
    max_runs: int = _setting(
        5, "Most work for one picture, in runs of the network at `INPUT_HEIGHT`: a scale takes its square, a tile 1; "
        "second looks take what is left. 1: never more than one look.", least=1, most=100,
    )  # fmt: skip
    queue: int = _setting(
        8, "Requests of a worker that may wait for its network; further ones are answered 503. At most `THREADS` - 4 "
        "- `INFERENCES` (or `BATCH`, if more).",
        least=0, most=1000,
    )  # fmt: skip
    deadline_s: float = _setting(
        20.0, "Seconds that a request may take; looked at between its stages.", least=0.001, most=3600
    )
    keep_alive_s: int = _setting(
        75, "Seconds for which a connection is kept between two requests; more than what a balancer in front keeps it "
        "for, which usually is 60, so that no request meets a connection that ends. 0: each ends with its answer.",
        least=0, most=3600,
    )  # fmt: skip
    drain_s: float = _setting(
        1.0, "Seconds for which a stopping service still takes requests while `/readyz` is 503 already, so that "
        "balancers turn away first.", least=0, most=600,
    )  # fmt: skip
    min_head_px: float = _setting(
        Rules().min_head_px, "Smaller heads, in pixels of the network's input, are `unknown`: `head_too_small`.",
        least=0, most=1000,
    )  # fmt: skip
    min_alarm_confidence: float = _setting(
        Rules().min_alarm_confidence, "Bare heads that are less probable than this are `unknown`: `low_confidence`. "
        "More: fewer false alarms, more bare heads missed (docs/verdicts.md).", least=0, most=1,
    )  # fmt: skip
    compat_unknown: Literal["omit", "false"] = _setting(
        "omit", "`unknown` people on `POST /`: left out, or listed with `flag` false."
    )
    compat_code: Literal["int", "string"] = _setting(
        "int", "Type of `code` on the compatible routes other than `POST /`, where it is always a string."
    )
    compat_matcher: Literal["assignment", "legacy"] = _setting(
        "assignment", "Who judges on `POST /`: this service, or the ancestor's own rule with its own boxes."
    )
    api_keys_file: str = _setting(
        "", "File of the keys that clients must show, one a line; without it nobody needs one (docs/threat-model.md).",
        shown="none",
    )  # fmt: skip
    rate_limit: int = _setting(
        0, "Requests that a key, or an address without one, may make in `RATE_PERIOD_S`, over all workers; further "
        "ones are answered 429. 0: as many as they like.", least=0, most=1_000_000,
    )  # fmt: skip
    rate_period_s: int = _setting(
        60, "Seconds in which `RATE_LIMIT` counts; they begin with a client's first request.", least=1, most=86_400
    )
    trusted_proxies: int = _setting(
        0, "Proxies in front of the service, such as nginx: the address of who asks is then the one that the outermost "
        "of them adds to `X-Forwarded-For`, and `X-Forwarded-Prefix` is the path below which they serve it. Too many, "
        "and clients can invent addresses.", least=0, most=10,
    )  # fmt: skip
    cors_origins: str = _setting(
        "", "Origins, with commas between, whose pages a browser lets read the answers, such as "
        "`https://gate.example:8443`.", shown="none",
    )  # fmt: skip
    log_level: Literal["debug", "info", "warning", "error"] = _setting("info", "Least severe messages to log.")
    log_format: Literal["text", "json"] = _setting("text", "Form of the log's lines, on stderr: text, or JSON objects.")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read each setting from the variable of its name in capitals; SettingsError for the first bad one."""
        types = get_type_hints(cls)
        given = ((entry, environ[entry.name.upper()]) for entry in fields(cls) if entry.name.upper() in environ)
        settings = cls(**{entry.name: _parse(entry, types[entry.name], text) for entry, text in given})
        settings._check_together()
        return settings

    def origins(self) -> tuple[str, ...]:
        """`cors_origins`, each by itself."""
        return tuple(origin.strip() for origin in self.cors_origins.split(",") if origin.strip())

    def network_server(self) -> NetworkServer:
        """Where `kserve` finds the network; SettingsError when that is no address."""
        try:
            return NetworkServer(self.kserve_url, self.kserve_model, self.kserve_timeout_s)
        except ValueError as error:
            raise SettingsError(f"KSERVE_URL: {error}") from error

    def at_once(self) -> int:
        """Requests that are let to a worker's network at once."""
        return max(self.inferences, self.batch)

    def slots(self) -> int:
        """Most requests at a worker's network at once that leave threads to answer health and refusals."""
        return self.threads - self.queue - _SPARE_THREADS

    def views(self) -> Views:
        """The looks at a picture for which a request names none."""
        squares = self.squares() if self.looks == "auto" else 0
        return Views(tuple(map(float, self.scales.split(","))), (self.tile_columns, self.tile_rows), squares)

    def squares(self) -> int:
        """The most squares of a second look; no input is narrower than high, so `max_runs` holds."""
        return min(self.second_looks, int((self.max_runs - 1) * (self.input_height / INPUT) ** 2))

    def _check_together(self) -> None:
        if self.runtime == "kserve":
            self._check_kserve()
        if self.views().cost > self.max_runs:
            expected = f"at least what SCALES, TILE_COLUMNS and TILE_ROWS take, {self.views().cost:g}"
            raise SettingsError(f"MAX_RUNS: expected {expected}, got {self.max_runs}")
        if self.at_once() > self.slots():
            expected = f"at most THREADS - {_SPARE_THREADS} - INFERENCES (or BATCH, if more)"
            raise SettingsError(f"QUEUE: expected {expected}, got {self.queue}, {self.threads} and {self.at_once()}")
        if self.in_flight_mb < self.max_body_mb:
            raise SettingsError(
                f"IN_FLIGHT_MB: expected at least MAX_BODY_MB, got {self.in_flight_mb} and {self.max_body_mb}"
            )
        for origin in self.origins():
            if not _ORIGIN.fullmatch(origin):
                expected = "origins as browsers write them (https://gate.example:8443, no path)"
                raise SettingsError(f"CORS_ORIGINS: expected {expected}, got {origin[:80]!r}")

    def _check_kserve(self) -> None:
        self.network_server()
        if self.precision != "auto":
            raise SettingsError(f"PRECISION: expected auto with RUNTIME=kserve, got {self.precision}")
        if self.batch:
            raise SettingsError(f"BATCH: expected 0 with RUNTIME=kserve, whose server batches, got {self.batch}")


def markdown_table() -> str:
    """All settings as a Markdown table, for the documentation."""
    types = get_type_hints(Settings)
    rows = [
        f"| `{entry.name.upper()}` | {_expected(entry, types[entry.name])} | `{entry.metadata['shown']}` | "
        f"{entry.metadata['meaning']} |"
        for entry in fields(Settings)
    ]
    return "\n".join(["| Variable | Value | Default | Meaning |", "|---|---|---|---|", *rows])


def _parse(entry: Field[Any], kind: Any, text: str) -> Any:  # noqa: ANN401  the field's own type
    value = _convert(kind, text)
    valid = value is not None
    if isinstance(value, int | float):
        rules = entry.metadata
        valid = rules["least"] <= value <= rules["most"] and (rules["step"] == 1 or value % rules["step"] == 0)
    if not valid:
        raise SettingsError(f"{entry.name.upper()}: expected {_expected(entry, kind)}, got {text[:80]!r}")
    return value


def _convert(kind: Any, text: str) -> Any:  # noqa: ANN401  None: not of this kind
    if get_origin(kind) is Literal:
        return text if text in get_args(kind) else None
    if kind is int:
        return int(text) if _INTEGER.fullmatch(text) else None
    if kind is float:
        try:
            return float(text)
        except ValueError:
            return None
    return kind(text) if text else None


def _expected(entry: Field[Any], kind: Any) -> str:  # noqa: ANN401
    if get_origin(kind) is Literal:
        return " or ".join(get_args(kind))
    if kind in (int, float):
        least, most, step = (entry.metadata[key] for key in ("least", "most", "step"))
        name = "a whole number" if kind is int else "a number"
        return f"{name if step == 1 else f'a multiple of {step}'} from {least} to {most}"
    return "a folder" if kind is Path else "text"
