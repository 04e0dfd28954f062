"""Picture files of every kind, sound and broken."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

PLENTY = 1_000_000
WIDTH, HEIGHT = 48, 32
# Quarters in BGR: top left, top right, bottom left, bottom right. No turn or mirroring maps them onto themselves.
RED, GREEN, BLUE, WHITE = (0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255)
GREYS = [(76, 76, 76), (150, 150, 150), (29, 29, 29), (255, 255, 255)]
QUARTERS = [RED, GREEN, BLUE, WHITE]


def quarters() -> np.ndarray:
    """(32, 48, 3) RGB."""
    pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    for at, bgr in enumerate(QUARTERS):
        top, left = at // 2 * HEIGHT // 2, at % 2 * WIDTH // 2
        pixels[top : top + HEIGHT // 2, left : left + WIDTH // 2] = bgr[::-1]
    return pixels


def encoded(mode: str, file_format: str, **options) -> bytes:
    picture = Image.fromarray(quarters())
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) << 8 | 0x7F)
    elif mode == "transparent":
        picture = picture.convert("RGBA")
        picture.putalpha(0)
    else:
        picture = picture.convert(mode)
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def moving(file_format: str) -> bytes:
    return encoded("RGB", file_format, save_all=True, append_images=[Image.new("RGB", (WIDTH, HEIGHT))])


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, pixels: bytes = b"", *, depth: int = 8, colour: int = 2, extra: bytes = b"") -> bytes:
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + extra + png_chunk(b"IDAT", zlib.compress(pixels)) + png_chunk(b"IEND", b"")


def bmp(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def webp_canvas(width: int, height: int) -> bytes:
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + (width - 1).to_bytes(3, "little")
    body += (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg_with(segment: bytes, times: int = 1) -> bytes:
    data = encoded("RGB", "JPEG")
    return data[:2] + segment * times + data[2:]


def jpeg_sized(width: int, height: int) -> bytes:
    data = encoded("RGB", "JPEG")
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]
