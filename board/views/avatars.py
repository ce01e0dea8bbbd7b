"""Avatars: the pictures by which people are known, or their initials."""

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from board import avatars, queries
from board.api import etag_of, has_already
from board.representations import avatar_link

SVG, PNG, WEBP = "image/svg+xml", "image/png", "image/webp"
# A day, for its address changes with it.
KEPT = "private, max-age=86400"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
AVATAR: dict[str, Any] = {
    "parameters": [
        OpenApiParameter(
            "size",
            {"type": "integer", "minimum": avatars.SMALLEST, "maximum": avatars.LARGEST},
            description=f"Pixels on a side; {avatars.USUAL} unless told otherwise.",
        ),
        OpenApiParameter(
            "format",
            str,
            enum=["svg", "png"],
            description="Initials as SVG also for who has a picture, or either as PNG.",
        ),
        OpenApiParameter("v", str, description="Makes the address another one after a change."),
    ],
    "responses": {(200, "*/*"): OpenApiTypes.BINARY, 304: None, 400: OpenApiTypes.OBJECT},
}


def avatar_of(person: User, request: Request) -> HttpResponse:
    """The avatar in the size and format that a request asks for; ``ValidationError`` in words."""
    size, kind = _size(request), _format(request)
    etag = etag_of(avatar_link(person), size, kind)
    if has_already(request, etag):
        answer = HttpResponse(status=304)
    else:
        content_type, content = _drawn(person, size, kind)
        answer = HttpResponse(content, content_type=content_type)
    answer["ETag"] = etag
    answer["Cache-Control"] = KEPT
    answer["Content-Security-Policy"] = POLICY
    return answer


def _size(request: Request) -> int:
    text = request.query_params.get("size", str(avatars.USUAL))
    if text.isascii() and text.isdigit() and len(text) < 4:
        size = int(text)
        if avatars.SMALLEST <= size <= avatars.LARGEST:
            return size
    message = gettext("Give a size from %(smallest)d to %(largest)d pixels.") % {
        "smallest": avatars.SMALLEST,
        "largest": avatars.LARGEST,
    }
    raise ValidationError({"size": [message]})


def _format(request: Request) -> str:
    kind = request.query_params.get("format", "")
    if "format" in request.query_params and kind not in ("svg", "png"):
        raise ValidationError({"format": [gettext("Give svg or png.")]})
    return kind


def _drawn(person: User, size: int, kind: str) -> tuple[str, bytes]:
    picture = None if kind == "svg" else queries.stored_picture(person)
    if picture:
        name, content_type = ("PNG", PNG) if kind == "png" else ("WEBP", WEBP)
        return content_type, avatars.resized(picture, size, name)
    full_name = person.get_full_name()
    if kind == "png":
        return PNG, avatars.initials_png(full_name, person.username, size)
    return SVG, avatars.initials_svg(full_name, person.username, size)
