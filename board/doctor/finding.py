"""What the doctor found out about one thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """``message`` says what is so, and where ``is_ok`` is False also how to mend it."""

    check: str
    is_ok: bool
    message: str


def well(check: str, message: str) -> Finding:
    return Finding(check, True, message)


def ill(check: str, message: str) -> Finding:
    return Finding(check, False, message)
