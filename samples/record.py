"""Makes the sample requests and their answers from the scene `site_two.jpg`.

`python -m samples.record` writes input.json (a request of `POST /`), samples/compliance.json (the same for
`/v1/compliance`), and output.json, the service's answer to input.json.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Final

from helmet_service import create_app
from helmet_service.settings import Settings
from helmet_service.work.network import load_warm

ROOT: Final = Path(__file__).resolve().parent.parent
SCENE: Final = "site_two.jpg"


def main() -> None:
    """Write the three files."""
    picture = base64.b64encode((ROOT / "samples" / SCENE).read_bytes()).decode()
    hats = hats_of_scene()
    write(ROOT / "input.json", {"img": [picture], "hat_location": hats})
    write(ROOT / "samples" / "compliance.json", {"picture": picture, "hats": hats, "include": ["head", "keypoints"]})
    (ROOT / "output.json").write_bytes(answer_of(ROOT / "input.json"))


def hats_of_scene() -> list[dict[str, float]]:
    """The hats that a detector would find in the scene: the worn cap and the held helmet."""
    scene = json.loads((ROOT / "samples" / "scenes.json").read_text(encoding="utf-8"))[SCENE]
    return [person["hat"] for person in scene["people"]]


def answer_of(request: Path) -> bytes:
    """The answer of the service with its default settings to this request."""
    settings = Settings()
    client = create_app(settings, load_warm(settings)).test_client()
    return client.post("/", data=request.read_bytes(), content_type="application/json").data


def write(path: Path, value: dict[str, Any]) -> None:
    """Write JSON with a newline at its end."""
    path.write_text(json.dumps(value) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
