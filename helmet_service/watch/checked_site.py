"""The site of `CAMERAS_FILE`, or the end of a process that cannot use it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

from helmet_service.cameras.camera import Site
from helmet_service.cameras.site_file import SiteError, load_site
from helmet_service.cameras.watch_folder import KnownCamera
from helmet_service.settings import Settings

_EX_CONFIG: Final = 78  # of sysexits.h, as for wrong settings


def site_or_end(settings: Settings, environ: Mapping[str, str]) -> Site:
    """The site; where it is wrong, a line for each mistake on stderr, and the process ends with status 78."""
    try:
        return load_site(settings.cameras_file, environ, settings)
    except SiteError as error:
        print(error, file=sys.stderr)
        sys.exit(_EX_CONFIG)


def print_site(site: Site) -> None:
    """A line for each camera, without what is secret; warnings go to stderr."""
    for warning in site.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for camera in map(KnownCamera.of, site.cameras):
        source = " ".join(filter(None, (camera.kind, camera.address)))
        print(f"{camera.id} ({camera.name}): {source}, at most {camera.rate:g} a second, {camera.schedule}")
