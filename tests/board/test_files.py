"""What an uploaded file is and is called."""

import pytest

from board.files import LONGEST_NAME, clean_name, content_type_of

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 32


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 32, "image/jpeg"),
        (b"GIF89a" + b"\x00" * 32, "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 32, "image/webp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04" + b"\x00" * 60, "application/zip"),
        (b"MZ" + b"\x00" * 60, "application/x-msdownload"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "application/octet-stream"),
        (b"<?xml version='1.0'?><svg/>", "application/octet-stream"),
        (b"<!doctype html><script>alert(1)</script>", "application/octet-stream"),
        (b"just text", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_type_is_that_of_the_bytes(head: bytes, expected: str) -> None:
    assert content_type_of(head) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\plan.docx", "plan.docx"),
        ("\x00a\nb\x7f.txt", "ab.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u2066cod\u2069.exe", "cod.exe"),
        ("תוכנית.pdf", "תוכנית.pdf"),
        ("👩\u200d👩\u200d👧 family.png", "👩\u200d👩\u200d👧 family.png"),
        ("Zoe\u0308.txt", "Zoë.txt"),
        (".env", ".env"),
        ("  padded.txt ", "padded.txt"),
        ('a"b;c.txt', 'a"b;c.txt'),
        ("", "file"),
        ("..", "file"),
        ("folder/", "file"),
        ("\u202e", "file"),
    ],
)
def test_names_keep_what_people_can_read(name: str, expected: str) -> None:
    assert clean_name(name) == expected


def test_long_names_keep_their_suffix() -> None:
    assert clean_name("x" * 300 + ".tar") == "x" * (LONGEST_NAME - 4) + ".tar"
    assert len(clean_name("x." + "y" * 300)) <= LONGEST_NAME
