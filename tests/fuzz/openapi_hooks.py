"""What schemathesis cannot make up: pictures, and printable text."""

from __future__ import annotations

import base64

import cv2
import numpy as np
import schemathesis

# A BMP whose bytes are all ASCII: the document calls a form's picture a string, and schemathesis holds us to that.
PICTURE = cv2.imencode(".bmp", np.full((24, 32, 3), 100, np.uint8))[1].tobytes().decode("ascii")
AS_BASE64 = base64.b64encode(PICTURE.encode()).decode()


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """A real picture wherever a text is one, so that whatever else is in a request decides what becomes of it."""
    body = case.body
    if not isinstance(body, dict):
        return
    if isinstance(body.get("picture"), str):
        body["picture"] = PICTURE if case.media_type == "multipart/form-data" else AS_BASE64
    if isinstance(body.get("file"), str):
        body["file"] = PICTURE
    if isinstance(body.get("image_base64"), str):
        body["image_base64"] = AS_BASE64
    if isinstance(body.get("img"), str):
        body["img"] = AS_BASE64
    if isinstance(body.get("img"), list):
        body["img"] = [AS_BASE64 if isinstance(text, str) else text for text in body["img"]]
    for fields in (body, body.get("request")):
        if isinstance(fields, dict) and isinstance(fields.get("id"), str):
            fields["id"] = "".join(letter if letter.isprintable() else "x" for letter in fields["id"])
