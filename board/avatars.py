"""What stands for a person: their picture, or their initials on a colour of their own. Pure.

The client draws initials by itself (client/src/lib/people-colours.ts); tests/people.json holds both
to the same letters and hues.
"""

import math
import re
from io import BytesIO
from typing import BinaryIO
from xml.sax.saxutils import escape

from django.utils.translation import gettext
from PIL import Image, ImageDraw, ImageFont, ImageOps

from board.errors import RuleBroken

SMALLEST, LARGEST, USUAL = 16, 256, 64
LARGEST_PICTURE = 5 * 1024 * 1024
# Their bytes are judged, not their names. Each is read by its header before anything is decoded.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 10_000

HUES = (20, 48, 85, 128, 155, 185, 215, 245, 275, 300, 330, 355)
LIGHTNESS, CHROMA = 0.52, 0.12

Rgb = tuple[int, int, int]


def person_hue(username: str) -> int:
    """The hue of a person, in degrees of oklch."""
    value = 2166136261  # FNV-1a
    for character in username:
        value = (value ^ ord(character)) * 16777619 & 0xFFFFFFFF
    return HUES[(value >> 15) % len(HUES)]


def initials(full_name: str, username: str) -> str:
    """One or two letters: of first and last name, else of the username."""
    words = [word for word in re.split(r"[\s._-]+", full_name.strip() or username) if word]
    letters = [word[0] for word in (words[:1] + words[1:][-1:])]
    return "".join(letters).upper()


def person_colour(username: str) -> Rgb:
    """A person's colour, dark enough for white letters (4.9 at least), as red, green and blue.

    https://bottosson.github.io/posts/oklab/
    """
    hue = math.radians(person_hue(username))
    a, b = CHROMA * math.cos(hue), CHROMA * math.sin(hue)
    long = (LIGHTNESS + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (LIGHTNESS - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (LIGHTNESS - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _channel(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _channel(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _channel(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _channel(linear: float) -> int:
    """From linear light, clipped to what screens show, to the 256 steps of sRGB."""
    value = min(1.0, max(0.0, linear))
    curved = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(255 * curved)


def initials_svg(full_name: str, username: str, size: int) -> bytes:
    """A disc of ``size`` pixels with the letters in white."""
    red, green, blue = person_colour(username)
    # XML has no control characters.
    letters = escape("".join(filter(str.isprintable, initials(full_name, username))))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
        f'viewBox="0 0 100 100"><circle cx="50" cy="50" r="50" fill="rgb({red},{green},{blue})"/>'
        '<text x="50" y="50" fill="#fff" font-family="system-ui,sans-serif" font-size="40" '
        'font-weight="600" text-anchor="middle" dominant-baseline="central">'
        f"{letters}</text></svg>"
    ).encode()


def initials_png(full_name: str, username: str, size: int) -> bytes:
    """As the SVG, but without letters that are not Latin: Pillow's own font has no others."""
    image = Image.new("RGBA", (size * 4, size * 4))
    draw = ImageDraw.Draw(image)
    draw.ellipse((0, 0, size * 4 - 1, size * 4 - 1), fill=person_colour(username))
    letters = initials(full_name, username)
    if all(letter.isprintable() and ord(letter) < 256 for letter in letters):
        font = ImageFont.load_default(size * 4 * 0.4)
        draw.text((size * 2, size * 2), letters, font=font, fill="white", anchor="mm")
    return _encoded(image.resize((size, size), Image.Resampling.LANCZOS), "PNG")


def square_picture(file: BinaryIO) -> bytes:
    """Cut the middle square out of a picture, as WebP of 256 pixels without what its camera noted.

    What is transparent becomes white: the initials lie below until a picture has come.
    Raises ``RuleBroken`` for what is no picture, or has more pixels than a photo.
    """
    try:
        with Image.open(file, formats=FORMATS) as image:
            _check_size(image.width, image.height)
            turned = ImageOps.exif_transpose(image)
            square = ImageOps.fit(turned.convert("RGBA"), (LARGEST, LARGEST))
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except RuleBroken:
        raise
    except Exception as error:
        # Pillow's decoders raise whatever broken bytes lead them to.
        raise RuleBroken(
            gettext("This is not a picture that can be read: use PNG, JPEG, WebP or GIF."),
            field="file",
        ) from error
    paper = Image.new("RGBA", square.size, "white")
    paper.alpha_composite(square)
    return _encoded(paper.convert("RGB"), "WEBP")


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise _too_many_pixels()


def _too_many_pixels() -> RuleBroken:
    return RuleBroken(
        gettext(
            "A picture may have %(millions)d million pixels, and %(side)d on a side: "
            "make it smaller first."
        )
        % {"millions": MOST_PIXELS // 1_000_000, "side": LONGEST_SIDE},
        field="file",
    )


def resized(picture: bytes, size: int, kind: str) -> bytes:
    """A stored picture at another size, as ``PNG`` or ``WEBP``."""
    with Image.open(BytesIO(picture), formats=["WEBP"]) as image:
        return _encoded(image.resize((size, size), Image.Resampling.LANCZOS), kind)


def _encoded(image: Image.Image, kind: str) -> bytes:
    written = BytesIO()
    image.save(written, kind, quality=85)
    return written.getvalue()
