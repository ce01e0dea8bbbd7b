"""What avatars are made of: initials, colours, and the bytes that somebody uploads as a picture."""

import json
import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from board import avatars
from board.errors import RuleBroken

# The client is held to the same people: client/src/lib/people-colours.test.ts.
PEOPLE = json.loads((Path(__file__).resolve().parents[1] / "people.json").read_text())


def picture(
    kind: str = "PNG", size: tuple[int, int] = (300, 200), mode: str = "RGB", **options: Any
) -> BytesIO:
    written = BytesIO()
    Image.new(mode, size, "red").save(written, kind, **options)
    written.seek(0)
    return written


def png_that_claims(width: int, height: int) -> BytesIO:
    """A PNG of a few bytes, whose header tells of more pixels than there are."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b""))
    return BytesIO(b"\x89PNG\r\n\x1a\n" + chunks)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person["username"])
def test_people_have_the_initials_and_hues_that_the_client_gives_them(
    person: dict[str, Any],
) -> None:
    assert avatars.initials(person["full_name"], person["username"]) == person["initials"]
    assert avatars.person_hue(person["username"]) == person["hue"]


def test_white_letters_can_be_read_on_every_colour() -> None:
    def luminance(colour: tuple[int, int, int]) -> float:
        shares = [value / 255 for value in colour]
        red, green, blue = (
            share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
            for share in shares
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    colours = {avatars.person_colour(f"person{number}") for number in range(200)}
    assert len(colours) == len(avatars.HUES)
    for colour in colours:
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour


@pytest.mark.parametrize(
    "full_name",
    [*(person["full_name"] for person in PEOPLE), '"><svg onload=x', "\x01 \u202e", "--"],
)
def test_initials_are_well_formed_svg_and_png_for_every_name(full_name: str) -> None:
    for username in ("ana", "-", "<b>"):
        tree = ElementTree.fromstring(avatars.initials_svg(full_name, username, 32))  # noqa: S314
        assert [element.tag.partition("}")[2] for element in tree] == ["circle", "text"]
        with Image.open(BytesIO(avatars.initials_png(full_name, username, 32))) as image:
            assert (image.format, image.size) == ("PNG", (32, 32))


@pytest.mark.parametrize("kind", avatars.FORMATS)
def test_middle_square_of_a_picture_is_kept_as_webp(kind: str) -> None:
    with Image.open(BytesIO(avatars.square_picture(picture(kind)))) as image:
        assert (image.format, image.size) == ("WEBP", (256, 256))


def test_what_a_camera_noted_is_dropped_after_it_turned_the_picture() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Ana"
    image = Image.new("RGB", (300, 300), "red")
    image.paste("blue", (0, 0, 300, 150))
    written = BytesIO()
    image.save(written, "JPEG", exif=exif, quality=95)
    kept = avatars.square_picture(BytesIO(written.getvalue()))
    assert b"Camera" not in kept
    with Image.open(BytesIO(kept)) as square:
        assert "exif" not in square.info
        red, _, blue = square.convert("RGB").getpixel((250, 128))  # type: ignore[misc]
        assert blue > red, "turned by a quarter to the right, what was above is right"


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "I;16"])
def test_every_kind_of_png_is_understood(mode: str) -> None:
    written = BytesIO()
    Image.new(mode, (40, 30)).save(written, "PNG")
    assert avatars.square_picture(BytesIO(written.getvalue()))


def test_what_is_transparent_becomes_white() -> None:
    written = BytesIO()
    Image.new("RGBA", (40, 30), (255, 0, 0, 0)).save(written, "PNG")
    with Image.open(BytesIO(avatars.square_picture(BytesIO(written.getvalue())))) as square:
        assert (square.mode, square.getpixel((128, 128))) == ("RGB", (255, 255, 255))


@pytest.mark.parametrize("size", [(20_000, 20_000), (6_000, 6_000), (20_000, 1), (65_535, 65_535)])
def test_too_many_pixels_are_refused_by_the_header_alone(size: tuple[int, int]) -> None:
    with pytest.raises(RuleBroken, match="25 million pixels, and 10000 on a side"):
        avatars.square_picture(png_that_claims(*size))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        picture().getvalue()[:60],
        picture("JPEG").getvalue()[:200],
        png_that_claims(100, 100).getvalue(),
        picture("BMP").getvalue(),
        picture("TIFF").getvalue(),
    ],
)
def test_what_is_no_whole_picture_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(RuleBroken, match="use PNG, JPEG, WebP or GIF"):
        avatars.square_picture(BytesIO(content))
