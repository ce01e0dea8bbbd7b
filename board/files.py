"""What an uploaded file is, and is called: pure, on bytes and names that anybody may have made up.

Pictures are bytes like all others here: none is ever decoded, so how many pixels one claims to have
costs nothing.
"""

import re
import unicodedata
from pathlib import PurePosixPath

import filetype
from django.utils.translation import gettext_lazy

LARGEST_FILE = 10 * 1024 * 1024
TOO_LARGE = gettext_lazy(
    "A file may have at most 10 MB: keep a larger one elsewhere, and link to it."
)
LONGEST_NAME = 200
LONGEST_SUFFIX = 20
# As many bytes as filetype looks at.
HEAD_BYTES = 8192

UNKNOWN_TYPE = "application/octet-stream"
# Browsers draw these without running anything; SVG is not among them, since it holds scripts.
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")

# Control characters, halves of surrogate pairs, line separators, and what turns the direction of
# text around, so that "gpj.exe" can be made to look like "exe.jpg". Joiners stay: emoji and Persian
# need them.
_DECEPTIVE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def content_type_of(head: bytes) -> str:
    """Return the media type that a file's first bytes show, whatever its sender says.

    Only formats with a signature are told: text of any kind, HTML and SVG included, is
    ``application/octet-stream``.
    """
    found: str | None = filetype.guess_mime(head)
    return found or UNKNOWN_TYPE


def clean_name(name: str) -> str:
    """Return ``name`` without folders and deceptive characters, at most 200 long, or ``file``.

    What is cut off comes from before the suffix.
    """
    plain = _DECEPTIVE.sub("", unicodedata.normalize("NFC", name))
    plain = re.split(r"[/\\]", plain)[-1].strip()
    if not plain.strip("."):
        return "file"
    suffix = PurePosixPath(plain).suffix[:LONGEST_SUFFIX]
    stem = plain.removesuffix(suffix)
    return stem[: LONGEST_NAME - len(suffix)] + suffix
