"""Who gets past the door of a websocket, for how long, and where."""

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import TicketRefused
from realtime.signatures import KeyRing, Label
from realtime.tickets import LIFETIME_MS, Ticket, issue_ticket, now_ms, read_ticket

KEYS = KeyRing.from_text("k:" + "s" * 40, prefix="p")
CHANNELS = ("sprint.7", "project.1")


def issue(role: str = "member", channels: tuple[str, ...] = CHANNELS) -> str:
    return issue_ticket(KEYS, username="ana", full_name="Ana Árvore", role=role, channels=channels)


def test_ticket_says_who_may_listen_to_what_until_when() -> None:
    before = now_ms()
    ticket = read_ticket(KEYS, issue(), channel="sprint.7")

    assert (ticket.username, ticket.full_name, ticket.role) == ("ana", "Ana Árvore", "member")
    assert ticket.channels == CHANNELS
    assert before <= ticket.issued_ms <= now_ms()
    assert ticket.expires_ms == ticket.issued_ms + LIFETIME_MS == ticket.issued_ms + 1_800_000


def test_ticket_fits_into_a_url_as_it_is() -> None:
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert set(issue()) <= allowed


def test_ticket_may_be_used_again() -> None:
    text = issue()
    assert read_ticket(KEYS, text, channel="sprint.7") == read_ticket(
        KEYS, text, channel="sprint.7"
    )


@pytest.mark.parametrize(
    ("role", "may_speak"), [("owner", True), ("member", True), ("viewer", False), ("", False)]
)
def test_viewers_may_only_listen(role: str, may_speak: bool) -> None:
    assert read_ticket(KEYS, issue(role), channel="sprint.7").may_speak is may_speak


def test_ticket_expires_after_its_lifetime() -> None:
    text = issue()
    expires_ms = read_ticket(KEYS, text, channel="sprint.7").expires_ms

    assert read_ticket(KEYS, text, channel="sprint.7", clock=lambda: expires_ms - 1)
    with pytest.raises(TicketRefused, match="expired"):
        read_ticket(KEYS, text, channel="sprint.7", clock=lambda: expires_ms)


@pytest.mark.parametrize("channel", ["sprint.8", "project.1", "control", "", "sprint.7\udc80"])
def test_ticket_opens_only_the_path_of_its_first_channel(channel: str) -> None:
    with pytest.raises(TicketRefused):
        read_ticket(KEYS, issue(), channel=channel)


@given(place=st.integers(min_value=0), letter=st.characters())
def test_altered_ticket_is_refused(place: int, letter: str) -> None:
    text = issue()
    place %= len(text)
    if text[place] == letter:
        return
    with pytest.raises(TicketRefused):
        read_ticket(KEYS, text[:place] + letter + text[place + 1 :], channel="sprint.7")


@given(text=st.text(max_size=100))
def test_made_up_ticket_is_refused(text: str) -> None:
    with pytest.raises(TicketRefused):
        read_ticket(KEYS, text, channel="sprint.7")


def test_ticket_of_a_removed_key_is_refused() -> None:
    others = KeyRing.from_text("k2:" + "s" * 40, prefix="p")
    with pytest.raises(TicketRefused):
        read_ticket(others, issue(), channel="sprint.7")


def test_signed_event_is_no_ticket() -> None:
    payload = base64.urlsafe_b64encode(b"{}")
    message = KEYS.sign(Label.EVENT, "sprint.7", payload).decode()
    with pytest.raises(TicketRefused):
        read_ticket(KEYS, message, channel="sprint.7")


@pytest.mark.parametrize(
    "content",
    [
        b"not base64 !",
        base64.urlsafe_b64encode(b"not json"),
        base64.urlsafe_b64encode(b"[]"),
        base64.urlsafe_b64encode(b"{}"),
        base64.urlsafe_b64encode(orjson.dumps({"channels": ["sprint.7"]})),
        base64.urlsafe_b64encode(
            orjson.dumps(
                {
                    "username": "ana",
                    "full_name": "Ana",
                    "role": "owner",
                    "channels": ["sprint.7"],
                    "issued_ms": 0,
                    "expires_ms": "never",
                }
            )
        ),
    ],
)
def test_genuine_ticket_of_another_shape_is_refused(content: bytes) -> None:
    """Such as one that a later version will issue."""
    text = KEYS.sign(Label.TICKET, "sprint.7", content).decode()
    with pytest.raises(TicketRefused):
        read_ticket(KEYS, text, channel="sprint.7")


def test_public_link_can_be_for_the_sprint_alone() -> None:
    ticket = read_ticket(KEYS, issue("viewer", ("sprint.7",)), channel="sprint.7")
    assert isinstance(ticket, Ticket)
    assert ticket.channels == ("sprint.7",)
