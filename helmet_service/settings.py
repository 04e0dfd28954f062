"""Every setting of the service once: its type, default and meaning; read from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Literal, get_type_hints
from urllib.parse import urlsplit

from helmet_service.setting_fields import SettingsError, expected_of, parse, setting
from helmet_service.verdicts.case import Trust
from helmet_service.verdicts.rules import Rules
from pose.estimation.model import SHIPPED
from pose.estimation.second_look import INPUT
from pose.estimation.views import MOST_TILES, Views
from pose.runtimes.kserve import NetworkServer

SPARE_THREADS: Final = 4  # to answer health and refusals while the network is busy and its queue is full
_ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")
_QUEUE: Final = re.compile(r"rediss?://[^/?#]*(/[0-9]*)?|unix:///[^?#]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment decides; the variable of a field is its name in capitals."""

    host: str = setting(
        "0.0.0.0",  # noqa: S104  a service: reachable by default
        "Where to listen: addresses of IPv4 and IPv6, names and `unix:/path`, separated by commas; `::` is all "
        "of IPv6 and IPv4 (docs/operations.md).",
    )  # fmt: skip
    port: int = setting(24417, "Port to listen on, at each address of `HOST`.", least=1, most=65535)
    workers: int = setting(2, "Worker processes; each loads the model.", least=1, most=64)
    threads: int = setting(32, "Threads of a worker: requests it handles at once.", least=SPARE_THREADS + 1, most=256)
    model_dir: Path = setting(  # noqa: RUF009  a constant
        SHIPPED, "Folder of the model (`pose.json` and its network).", shown="model (beside the packages)"
    )
    runtime: Literal["auto", "openvino", "onnx", "cuda", "kserve"] = setting(
        "auto", "What runs the network: `auto` takes an NVIDIA GPU if one works (`cuda`), else `openvino`; `kserve` is "
        "a separate server (docs/scaling.md).",
    )  # fmt: skip
    kserve_url: str = setting(
        "", "Address of that server, for `RUNTIME=kserve`, such as `http://networks:8000`: any server of the Open "
        "Inference Protocol (KServe v2).", shown="none",
    )  # fmt: skip
    kserve_model: str = setting("pose", "The model's name on that server.")
    kserve_timeout_s: float = setting(
        5.0, "Seconds for a run on that server, transfer included; a request that takes longer is answered 503.",
        least=0.001, most=600,
    )  # fmt: skip
    precision: Literal["auto", "f32", "bf16", "int8"] = setting(
        "auto",
        "The network's arithmetic. `auto` takes the quantised network (`int8`) if the model's folder has one for "
        "OpenVINO, else `bf16` if the processor computes it natively, else `f32`; on a GPU `tf32`. `bf16` and `int8` "
        "need OpenVINO.",
    )
    inference_threads: int = setting(2, "Threads of one run of the network.", least=1, most=256)
    inferences: int = setting(
        1, "Requests that a worker's network runs at once; OpenVINO runs each on its own `INFERENCE_THREADS` threads.",
        least=1, most=64,
    )  # fmt: skip
    batch: int = setting(
        0, "Most pictures in one run of the network: requests that arrive during a run share the next one. So many "
        "requests are at the network at once. 0: 8 on a GPU (fewer if `THREADS` allows fewer), else 1.",
        least=0, most=128,
    )  # fmt: skip
    input_height: int = setting(
        384, "Height of the network's input in pixels: a larger one finds smaller people and takes more time.",
        least=32, most=2048, step=32,
    )  # fmt: skip
    max_body_mb: int = setting(20, "Largest body of a request, in MB of 1,000,000 bytes.", least=1, most=1000)
    in_flight_mb: int = setting(
        128, "Bodies that a worker holds at once, in MB; further requests are answered 503. At least `MAX_BODY_MB`.",
        least=1, most=100_000,
    )  # fmt: skip
    max_picture_mp: int = setting(
        40, "Largest picture, in millions of pixels; checked before decoding.", least=1, most=1000
    )
    max_pictures: int = setting(16, "Most pictures in one request of `/get_head_point_v2`.", least=1, most=1000)
    max_hats: int = setting(500, "Most hats, and most vests, in one request.", least=1, most=10_000)
    scales: Literal["1", "1,1.5", "1,2", "1,1.5,2"] = setting(
        "1", "Heights at which the network looks at each picture, as multiples of `INPUT_HEIGHT`: 1.5 and 2 find small "
        "people and take more time (docs/api.md). A request's `scales` override it.",
    )  # fmt: skip
    tile_columns: int = setting(
        1, "Columns of tiles at which the network looks in addition to the whole picture, for small people "
        "(docs/api.md). A request's `tiles` override it.", least=1, most=MOST_TILES,
    )  # fmt: skip
    tile_rows: int = setting(1, "Rows of these tiles.", least=1, most=MOST_TILES)
    looks: Literal["auto", "once"] = setting(
        "auto", "`auto` takes a second look, enlarged, at people who are small or unsure, if the model supports it; "
        "`once` never does (docs/api.md). A request's `looks` override it.",
    )  # fmt: skip
    second_looks: int = setting(
        8, "Most squares of a second look a picture; each costs the network at most 256 x 256 pixels.",
        least=0, most=64,
    )  # fmt: skip
    max_runs: int = setting(
        5, "Most work for one picture, in runs of the network at `INPUT_HEIGHT`: a scale costs its square, a tile 1; "
        "second looks get the rest. 1: never more than one look.", least=1, most=100,
    )  # fmt: skip
    queue: int = setting(
        8, "Requests of a worker that may wait for its network; further ones are answered 503. At most `THREADS` - 4 "
        "- `INFERENCES` (or `BATCH`, if more).",
        least=0, most=1000,
    )  # fmt: skip
    live_max: int = setting(
        4, "Live streams (`/v1/live/{client}`) of a worker; further ones are refused. They share its network: beside "
        "requests, four get about a frame a second each on two cores (docs/operations.md).", least=0, most=200,
    )  # fmt: skip
    deadline_s: float = setting(
        20.0, "Seconds that a request may take; checked between its stages.", least=0.001, most=3600
    )
    keep_alive_s: int = setting(
        75, "Seconds for which a connection waits for a request, until its head is complete. It must be more than the "
        "balancer's in front, usually 60, or requests are lost on connections that end. 0: a connection ends with its "
        "answer, and has 5 s for its request.",
        least=0, most=3600,
    )  # fmt: skip
    drain_s: float = setting(
        1.0, "Seconds for which a stopping service still takes requests while `/readyz` is already 503, so that "
        "balancers stop sending first.", least=0, most=600,
    )  # fmt: skip
    min_head_px: float = setting(
        Rules().min_head_px, "Heads smaller than this, in pixels of the network's input, are `head_too_small`.",
        least=0, most=1000,
    )  # fmt: skip
    min_alarm_confidence: float = setting(
        Rules().min_alarm_confidence, "Bare heads less probable than this are `low_confidence`. A higher value gives "
        "fewer false alarms and misses more bare heads (docs/verdicts.md).", least=0, most=1,
    )  # fmt: skip
    trust: Trust = setting(  # noqa: RUF009  a constant
        "hats", "Whose hats decide on `/v1/compliance`: those of the request (`hats`), the model's own (`model`), or "
        "`both` (docs/api.md). A request's `trust` overrides it; a model that sees no hats itself leaves `hats`.",
    )  # fmt: skip
    blur_heads: Literal["0", "1"] = setting(
        "0", "`1`: all pictures that leave the service have people's heads blurred for good; what is found and said "
        "stays the same (docs/threat-model.md).",
    )  # fmt: skip
    compat_unknown: Literal["omit", "false"] = setting(
        "omit", "`unknown` people on `POST /`: left out, or listed with `flag` false."
    )
    compat_code: Literal["int", "string"] = setting(
        "int", "Type of `code` on the legacy routes other than `POST /`, where it is always a string."
    )
    compat_matcher: Literal["assignment", "legacy"] = setting(
        "assignment", "Who judges on `POST /`: this service, or the legacy rule with its own boxes."
    )
    compat_own_hats: Literal["0", "1"] = setting(
        "0", "`1`: requests of `POST /` without any boxes are judged by the hats that the model sees itself; `0`: "
        "they are refused.",
    )  # fmt: skip
    web_system: Literal["0", "1"] = setting(
        "0", "`1`: the routes of the OpenPose web system are answered, too, for clients written for it "
        "(docs/web-system.md).",
    )  # fmt: skip
    api_keys_file: str = setting(
        "", "File of the API keys that clients must show, one a line; without it nobody needs one "
        "(docs/threat-model.md).",
        shown="none",
    )  # fmt: skip
    rate_limit: int = setting(
        0, "Requests that an API key, or an address without one, may make in `RATE_PERIOD_S`, over all workers; "
        "further ones are answered 429. 0: no limit.", least=0, most=1_000_000,
    )  # fmt: skip
    rate_period_s: int = setting(
        60, "Seconds of a period of `RATE_LIMIT`; it begins with a client's first request.", least=1, most=86_400
    )
    trusted_proxies: int = setting(
        0, "Number of proxies in front of the service, such as nginx. A client's address is then the one that the "
        "outermost proxy adds to `X-Forwarded-For`, and `X-Forwarded-Prefix` is the path below which they serve it. "
        "With too high a number, clients can invent addresses.", least=0, most=10,
    )  # fmt: skip
    cors_origins: str = setting(
        "", "Origins whose pages may read the answers in a browser, separated by commas, such as "
        "`https://gate.example:8443`.", shown="none",
    )  # fmt: skip
    video_dir: Path = setting(  # noqa: RUF009  a constant
        Path("videos"), "Folder of video jobs, shared by servers and consumers (docs/operations.md); made when the "
        "first video comes.",
    )  # fmt: skip
    video_max_mb: int = setting(2000, "Largest upload of a video, in MB.", least=1, most=1_000_000)
    video_jobs: int = setting(1, "Jobs that a consumer runs at once, each in a process of its own.", least=1, most=64)
    video_keep_h: int = setting(72, "Hours for which a finished job is kept.", least=1, most=87_600)
    video_free_mb: int = setting(
        2000, "MB of disk that videos leave free: finished jobs are removed for it, oldest first, and further uploads "
        "are answered 503.", least=0, most=100_000_000,
    )  # fmt: skip
    video_queue: str = setting(
        "", "What carries the ids of jobs to the consumers: a Redis server, such as `redis://queue:6379/0`; without it "
        "a SQLite file in `VIDEO_DIR`.", shown="none",
    )  # fmt: skip
    cameras_file: Path = setting(  # noqa: RUF009  a constant
        Path("cameras.yaml"), "File of the cameras that `python -m helmet_service watch` watches (docs/cameras.md).",
    )  # fmt: skip
    watch_dir: Path = setting(  # noqa: RUF009  a constant
        Path("watch"), "Folder of the watch, shared by it and the servers: what cameras do, zones, alarms and their "
        "evidence; made when the watch first starts.",
    )  # fmt: skip
    log_level: Literal["debug", "info", "warning", "error"] = setting("info", "Least severe messages to log.")
    log_format: Literal["text", "json"] = setting("text", "Form of the log's lines on stderr: text, or JSON objects.")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read each setting from the variable of its name in capitals; SettingsError for the first bad one."""
        types = get_type_hints(cls)
        given = ((entry, environ[entry.name.upper()]) for entry in fields(cls) if entry.name.upper() in environ)
        settings = cls(**{entry.name: parse(entry, types[entry.name], text) for entry, text in given})
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
        if self.in_flight_mb < self.max_body_mb:
            raise SettingsError(
                f"IN_FLIGHT_MB: expected at least MAX_BODY_MB, got {self.in_flight_mb} and {self.max_body_mb}"
            )
        for origin in self.origins():
            if not _ORIGIN.fullmatch(origin):
                expected = "origins as browsers write them (https://gate.example:8443, no path)"
                raise SettingsError(f"CORS_ORIGINS: expected {expected}, got {origin[:80]!r}")
        if self.video_queue and not _is_queue(self.video_queue):
            scheme = self.video_queue.partition(":")[0][:80]  # what follows may hold a password
            expected = "redis://host:port/number, the same with rediss, or unix:///path"
            raise SettingsError(f"VIDEO_QUEUE: expected {expected}, got {scheme!r}...")

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
        f"| `{entry.name.upper()}` | {expected_of(entry, types[entry.name])} | `{entry.metadata['shown']}` | "
        f"{entry.metadata['meaning']} |"
        for entry in fields(Settings)
    ]
    return "\n".join(["| Variable | Value | Default | Meaning |", "|---|---|---|---|", *rows])


def _is_queue(address: str) -> bool:
    """Whether the Redis client can read an address: options in it would fail when it is first used."""
    try:
        parts = urlsplit(address)
        (parts.hostname or "").encode("idna")
        return bool(_QUEUE.fullmatch(address)) and parts.port != 0
    except ValueError:  # a port that is none
        return False
