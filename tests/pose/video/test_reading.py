"""Videos of every kind become upright BGR frames with numbers and times, the same wherever reading starts."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from pose.video.reading import VideoError, container_of, open_video
from tests.pose.video.videos import HEIGHT, WIDTH, picture, write

MOST = 100_000
COUNT = 24
SHORT_GOP = {"g": "8", "bf": "2"}
INTERLACED = {"g": "8", "x264-params": "tff=1"}
INTRA_REFRESH = {"g": "8", "x264-params": "intra-refresh=1"}
OPEN_GOP = {"g": "8", "bf": "2", "x264-params": "open-gop=1"}

KINDS: dict[str, Callable[[Path], Path]] = {
    "mp4": lambda folder: write(folder / "a.mp4", map(picture, range(COUNT)), options=SHORT_GOP),
    "mkv": lambda folder: write(folder / "a.mkv", map(picture, range(COUNT)), options=SHORT_GOP),
    "avi": lambda folder: write(folder / "a.avi", map(picture, range(COUNT)), codec="mpeg4", options={"g": "8"}),
    "avi with b-frames": lambda folder: write(
        folder / "a.avi", map(picture, range(COUNT)), codec="mpeg4", options=SHORT_GOP
    ),
    "h264 in avi": lambda folder: write(folder / "a.avi", map(picture, range(COUNT)), options=SHORT_GOP),
    "webm": lambda folder: write(
        folder / "a.webm",
        map(picture, range(COUNT)),
        codec="libvpx",
        options={"g": "8", "auto-alt-ref": "1", "lag-in-frames": "5"},
    ),
    "open gop": lambda folder: write(folder / "a.mkv", map(picture, range(COUNT)), options=OPEN_GOP),
    "intra refresh": lambda folder: write(folder / "a.mp4", map(picture, range(COUNT)), options=INTRA_REFRESH),
    "interlaced": lambda folder: write(folder / "a.mp4", map(picture, range(COUNT)), options=INTERLACED),
    "10 bit": lambda folder: write(folder / "a.mov", map(picture, range(COUNT)), form="yuv420p10le", options=SHORT_GOP),
    "h265": lambda folder: write(
        folder / "a.mp4", map(picture, range(COUNT)), codec="libx265", options={"x265-params": "keyint=8:log-level=0"}
    ),
    "odd sides": lambda folder: write(
        folder / "a.mkv", (picture(n, 63, 47) for n in range(COUNT)), codec="ffv1", form="yuv444p"
    ),
    "mjpeg": lambda folder: write(folder / "a.avi", map(picture, range(COUNT)), codec="mjpeg", form="yuvj420p"),
    "variable rate": lambda folder: write(
        folder / "a.mp4", map(picture, range(COUNT)), times=[n * n / 50 for n in range(COUNT)], options=SHORT_GOP
    ),
    "rotated": lambda folder: write(folder / "a.mp4", map(picture, range(COUNT)), rotated=90, options=SHORT_GOP),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_is_the_same_wherever_reading_starts(tmp_path: Path, kind: str) -> None:
    with open_video(KINDS[kind](tmp_path), MOST) as video:
        whole = list(video.frames())
        assert video.damage is None
        assert len(whole) == COUNT
        assert all(one.number < two.number and one.at_s < two.at_s for one, two in pairwise(whole))
        for number in (7, 8, 17):
            rest = list(video.frames(whole[number].number))
            assert [frame.number for frame in rest] == [frame.number for frame in whole[number:]]
            assert [frame.at_s for frame in rest] == [frame.at_s for frame in whole[number:]]
            for frame, same in zip(rest, whole[number:], strict=True):
                np.testing.assert_array_equal(frame.pixels, same.pixels)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("mp4", ("mov", "h264", WIDTH, HEIGHT, 0, COUNT)),
        ("webm", ("matroska", "vp8", WIDTH, HEIGHT, 0, None)),
        ("mjpeg", ("avi", "mjpeg", WIDTH, HEIGHT, 0, COUNT)),
        ("rotated", ("mov", "h264", HEIGHT, WIDTH, 90, COUNT)),
        ("odd sides", ("matroska", "ffv1", 63, 47, 0, None)),
    ],
)
def test_facts(tmp_path: Path, kind: str, expected: tuple[object, ...]) -> None:
    with open_video(KINDS[kind](tmp_path), MOST) as video:
        facts = video.facts
    assert (facts.container, facts.codec, facts.width, facts.height, facts.rotated, facts.frames) == expected
    assert facts.duration_s == pytest.approx(COUNT / 10)
    assert facts.rate == pytest.approx(10)


def test_an_impossible_rate_is_not_believed(tmp_path: Path) -> None:
    """Of WebM files that Firefox records, FFmpeg says 1000 a second; a job would judge every 200th frame."""
    times = [0.0, 0.031, 0.07, 0.101]
    with open_video(
        write(tmp_path / "cam.webm", map(picture, range(4)), codec="libvpx", times=times, rate=1000), MOST
    ) as video:
        assert video.facts.rate == 25
        assert [round(frame.at_s, 3) for frame in video.frames()] == times


def test_times_are_those_of_the_file(tmp_path: Path) -> None:
    with open_video(KINDS["variable rate"](tmp_path), MOST) as video:
        assert [frame.at_s for frame in video.frames()] == pytest.approx([n * n / 50 for n in range(COUNT)])


@pytest.mark.parametrize("rotated", [0, 90, 180, 270])
def test_frames_are_upright(tmp_path: Path, rotated: int) -> None:
    upright = picture(3)
    stored = np.ascontiguousarray(np.rot90(upright, rotated // 90))  # counter-clockwise
    with open_video(write(tmp_path / "a.mp4", [stored], rotated=rotated), MOST) as video:
        (frame,) = video.frames()
    assert np.abs(frame.pixels.astype(int) - upright).mean() < 8


def test_interlaced_frames_lose_their_comb(tmp_path: Path) -> None:
    pixels = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    pixels[::2, 10:30], pixels[1::2, 30:50] = 220, 220  # two fields of something that moves fast
    comb = {
        flag: _comb(write(tmp_path / f"{flag}.mp4", [pixels] * 3, options={"x264-params": flag}))
        for flag in ("tff=1", "tff=0:interlaced=0")
    }
    assert comb["tff=1"] < comb["tff=0:interlaced=0"] / 4


def _comb(path: Path) -> float:
    """The mean difference between neighbouring lines of the middle frame."""
    with open_video(path, MOST) as video:
        middle = list(video.frames())[1].pixels.astype(int)
    return float(np.abs(np.diff(middle, axis=0)).mean())


def test_frames_that_change_their_size_get_that_of_the_first(tmp_path: Path) -> None:
    parts = [
        write(tmp_path / f"{factor}.h264", (picture(n, factor * WIDTH, factor * HEIGHT) for n in range(3)))
        for factor in (1, 2)
    ]
    with open_video(_one_after_the_other(parts, tmp_path / "both.mkv"), MOST) as video:
        assert [frame.pixels.shape for frame in video.frames()] == [(HEIGHT, WIDTH, 3)] * 6


def _one_after_the_other(parts: Sequence[Path], path: Path) -> Path:
    with av.open(str(path), "w") as out, av.open(str(parts[0])) as first:
        stream = out.add_stream_from_template(first.streams.video[0])
        for at, packet in enumerate(_packets(parts)):
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, at, at, Fraction(1, 10)
            out.mux(packet)
    return path


def _packets(parts: Sequence[Path]) -> Iterator[av.Packet]:
    for part in parts:
        with av.open(str(part)) as source:
            yield from (packet for packet in source.demux(video=0) if packet.size)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
def test_a_truncated_video_gives_what_can_be_decoded_and_says_so(tmp_path: Path, name: str) -> None:
    options = {"g": "8", "bf": "0"}
    path = write(tmp_path / name, map(picture, range(120)), options=options, container={"movflags": "faststart"})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 4 // 5])
    with open_video(path, MOST) as video:
        assert 20 < len(list(video.frames())) < 110
        assert video.damage


def test_damage_in_the_middle_leaves_a_gap(tmp_path: Path) -> None:
    path = write(tmp_path / "a.avi", map(picture, range(COUNT)), codec="mjpeg", form="yuvj420p")
    data = path.read_bytes()
    starts = [found.start() for found in re.finditer(rb"\xff\xd8\xff", data)]
    path.write_bytes(data[: starts[5]] + bytes(starts[6] - starts[5] - 8) + data[starts[6] - 8 :])
    with open_video(path, MOST) as video:
        assert [frame.number for frame in video.frames()] == [n for n in range(COUNT) if n != 5]
        assert video.damage == "1 pieces could not be decoded in full"
        assert next(video.frames(5)).number == 6
        assert list(video.frames(10, lost=1))
        assert video.damage == "1 pieces could not be decoded in full"  # before 10


def test_damage_that_ffmpeg_skips_or_conceals_is_told(tmp_path: Path) -> None:
    """Of Matroska it leaves clusters out, so that numbers go on and times do not; in AVI it repairs the frame."""
    options = {"g": "20", "bf": "0"}
    mkv, avi = (write(tmp_path / name, map(picture, range(100)), options=options) for name in ("a.mkv", "a.avi"))
    _overwrite(mkv, len(mkv.read_bytes()) // 4, 300)
    _overwrite(avi, [found.start() for found in re.finditer(b"00dc", avi.read_bytes())][40] + 24, 10)
    for path, least, said in (
        (mkv, 40, r"1 pieces .*; no frame comes between \d\.\d s and \d\.\d s"),
        (avi, 100, "1 .*"),
    ):
        with open_video(path, MOST) as video:
            whole = list(video.frames())
            assert least <= len(whole) <= 100
            assert [frame.number for frame in whole] == list(range(len(whole)))
            assert re.fullmatch(said, damage := video.damage or "")
            for before, frame in list(pairwise(whole))[2::20]:
                assert [rest.lost for rest in video.frames(frame.number, before.lost)][-1] == 1
                assert video.damage == damage


def _overwrite(path: Path, start: int, count: int) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:start] + count * b"\xff" + data[start + count :])


def test_a_pause_is_no_damage(tmp_path: Path) -> None:
    times = [n / 10 + 5 * (n > 9) for n in range(COUNT)]
    with open_video(write(tmp_path / "a.mkv", map(picture, range(COUNT)), times=times), MOST) as video:
        assert len(list(video.frames())) == COUNT
        assert video.damage is None


@pytest.mark.parametrize("kind", ["mkv", "avi with b-frames"])
def test_what_precedes_the_first_frame_is_heard_of(tmp_path: Path, kind: str) -> None:
    """Either all times are read first, or all frames before it are decoded."""
    heard: list[None] = []
    with open_video(KINDS[kind](tmp_path), MOST) as video:
        frames = video.frames(20, works=lambda: heard.append(None))
        next(frames)
        before = len(heard)
        assert before >= 20
        assert (len(list(frames)), len(heard)) == (3, before)


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (b"\0\0\0\x18ftypisom", "mov"),
        (b"\0\0\0\x08wide\0\0\x10\0mdat", "mov"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1f\x42\x86\x81\x01\x42\x82\x84webm", "matroska"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
    ],
)
def test_containers_are_known_by_their_first_bytes(head: bytes, container: str) -> None:
    assert container_of(head) == container


@pytest.mark.parametrize(
    ("head", "got"),
    [
        (b"", "no bytes"),
        (b"PK\x03\x04ftypisom", "a ZIP archive"),
        (b"#EXTM3U\n#EXT-X-VERSION:3", "a playlist"),
        (b"ffconcat version 1.0\n", "a list of files"),
        (b"\x1a\x45\xdf\xa3\x84\x42\x82\x81x", "a file of no known video format"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a file of no known video format"),
        (b"\0\0\0\x1cftypavif", "a file of no known video format"),
        (b"\xff\xd8\xff\xe0", "a file of no known video format"),
    ],
)
def test_other_files_are_refused(head: bytes, got: str) -> None:
    with pytest.raises(VideoError) as caught:
        container_of(head)
    assert (caught.value.field, caught.value.got) == ("video", got)


def test_nothing_but_the_file_is_read(tmp_path: Path) -> None:
    """Playlists behind a head that passes, and playlists as they are, contact nobody and open nothing."""
    secret = write(tmp_path / "secret.mp4", [picture(0)])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/a.ts"
        for text in (
            f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n",
            f"ffconcat version 1.0\nfile {secret}\nfile {url}\n",
        ):
            for head in (b"", b"\0\0\0\x08ftyp", b"RIFF\0\0\0\0AVI "):
                (tmp_path / "a.mp4").write_bytes(head + text.encode())
                with pytest.raises(VideoError):
                    open_video(tmp_path / "a.mp4", MOST)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_limits_and_files_without_frames(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", map(picture, range(3)))
    cases = {
        f"video: expected frames of at most 3000 pixels, got {WIDTH}x{HEIGHT} pixels": (path, 3000),
        "video: expected at most 4 h, got 5.0 h": (
            write(tmp_path / "b.mp4", map(picture, (0, 1)), times=[0, 18_000]),
            MOST,
        ),
        "video: expected a file with a video stream, got a file without one": (_sound(tmp_path / "c.mp4"), MOST),
    }
    for message, (file, most) in cases.items():
        with pytest.raises(VideoError) as caught:
            open_video(file, most)
        assert str(caught.value) == message


def _sound(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
