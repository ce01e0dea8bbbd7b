"""Whom a text calls."""

import pytest

from board.mentions import mentions_in

PEOPLE = {"ana", "ben", "j.r", "j.r.", "x+y@z-1", "zoë"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@ana", ["ana"]),
        ("Hi @ben, (@ana)! **@ana**", ["ben", "ana"]),
        ("Ask @ana.", ["ana"]),
        ("Ask @j.r. or @j.r", ["j.r.", "j.r"]),
        ("@x+y@z-1...", ["x+y@z-1"]),
        ("@zoë and @zoe\u0308", ["zoë"]),
        ("@anabel @Ana @nobody @ @@ana", []),
        ("ana@ben or mail@ana", []),
        ("`@ana` ``@ana ` @ana`` @ben", ["ben"]),
        ("```\n@ana\n```\n@ben", ["ben"]),
        ("~~~py\n@ana\nnever closed @ben", []),
        ("a ` b @ana", ["ana"]),
    ],
)
def test_mentions_are_found_outside_code(text: str, expected: list[str]) -> None:
    assert mentions_in(text, PEOPLE) == expected


def test_at_most_fifty_people_are_mentioned() -> None:
    names = [f"user{number}" for number in range(60)]
    assert mentions_in(" ".join(f"@{name}" for name in names), names) == names[:50]
