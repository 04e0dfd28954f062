"""The whole command: what is given is checked as pictures or as moving pictures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from helmet_service.check.drawings import Drawings
from helmet_service.check.order import Order
from helmet_service.check.pictures import check_pictures
from helmet_service.settings import Settings
from pose.video.sources import VIDEO_SUFFIXES, is_moving, name_of


def check(settings: Settings, order: Order) -> int:
    """Check pictures first, then moving pictures; returns 1 when something could not be checked, else 0.

    Raises ValueError or OSError for an order that cannot be carried out, PoseError for a model that cannot be loaded.
    """
    moving = [source for source in order.sources if is_moving(source)]
    pictures = [source for source in order.sources if not is_moving(source)]
    _refuse_what_does_not_fit(order, moving, pictures)
    drawings = Drawings(order.draw, order.sources) if order.draw else None
    _tell_of_videos(pictures)
    failed = [check_pictures(settings, order, pictures, drawings)] if pictures else []
    failed += [_check_moving(settings, order, moving, drawings)] if moving else []
    return max(failed)


def _check_moving(settings: Settings, order: Order, moving: Sequence[str], drawings: Drawings | None) -> int:
    try:
        from helmet_service.check.moving import check_moving  # noqa: PLC0415  pictures need no FFmpeg
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{name_of(moving[0])}: expected PyAV to be installed (requirements-video.txt), got: {error}"
        ) from error
    return check_moving(settings, order, moving, drawings)


def _tell_of_videos(pictures: Sequence[str]) -> None:
    """Say which folders have videos in them, as only those that are named are checked."""
    for folder in pictures:
        videos = [path for path in Path(folder).rglob("*") if path.suffix.lower() in VIDEO_SUFFIXES]
        if videos:
            print(
                f"{folder}: {len(videos)} videos are not checked, name them; the first: {min(videos)}", file=sys.stderr
            )


def _refuse_what_does_not_fit(order: Order, moving: Sequence[str], pictures: Sequence[str]) -> None:
    for option, is_given in (("--hats", order.hats), ("--resume", order.resume), ("--ray", order.ray)):
        if is_given and moving:
            raise ValueError(f"{option}: expected pictures alone, got {name_of(moving[0])}")
    if order.show and not moving:
        raise ValueError(f"--show: expected a video, a camera or a stream, got {pictures[0]}")
    if order.draw and order.ray:
        raise ValueError("--draw: expected a check without --ray, which writes no files")
    if order.out and order.out.exists() and moving:
        raise ValueError(f"--out: expected a new file, got {order.out}, which exists")
