"""Pictures to send, and what a film has of them."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image


def picture(size: tuple[int, int] = (800, 800), form: str = "PNG") -> bytes:
    """Red on the left, blue on the right."""
    made = Image.new("RGB", size, (220, 20, 20))
    made.paste((20, 20, 220), (size[0] // 2, 0, *size))
    out = io.BytesIO()
    made.save(out, form)
    return out.getvalue()


def send(studio: Client, video_id: str, data: bytes, name: str = "a.png") -> HttpResponse:
    file: Any = SimpleUploadedFile(name, data)
    return studio.post(f"/studio/films/{video_id}/poster/picture", {"picture": file})
