"""Only what was signed for this place, by a key we know, is let through."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.errors import BadConfiguration, BadSignature
from realtime.signatures import KeyRing, Label

OLD, NEW, FOREIGN = ("old:" + "o" * 32, "new:" + "n" * 32, "old:" + "f" * 32)
JSON = b'{"channel":"sprint.7","seq":1}'


def ring(*entries: str, prefix: str = "p") -> KeyRing:
    return KeyRing.from_text(",".join(entries), prefix=prefix)


def test_signed_message_has_three_parts_and_is_verified() -> None:
    message = ring(OLD).sign(Label.EVENT, "sprint.7", JSON)
    kid, mac, json = message.split(b".", 2)

    assert (kid, len(mac), json) == (b"old", 64, JSON)
    assert ring(OLD).verify(Label.EVENT, "sprint.7", message) == JSON


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_message_altered_anywhere_is_refused(place: int, bit: int) -> None:
    message = bytearray(ring(OLD).sign(Label.EVENT, "sprint.7", JSON))
    message[place % len(message)] ^= 1 << bit

    with pytest.raises(BadSignature):
        ring(OLD).verify(Label.EVENT, "sprint.7", bytes(message))


@given(message=st.binary(max_size=200))
def test_forged_message_is_refused(message: bytes) -> None:
    with pytest.raises(BadSignature):
        ring(OLD).verify(Label.EVENT, "sprint.7", message)


@pytest.mark.parametrize(
    "message", [b"", b".", b"..", b"old", b"old.", b"old..", b"old." + b"0" * 64 + b"." + JSON]
)
def test_message_without_a_signature_is_refused(message: bytes) -> None:
    with pytest.raises(BadSignature):
        ring(OLD).verify(Label.EVENT, "sprint.7", message)


def test_cut_message_is_refused() -> None:
    message = ring(OLD).sign(Label.EVENT, "sprint.7", JSON)
    for length in range(len(message)):
        with pytest.raises(BadSignature):
            ring(OLD).verify(Label.EVENT, "sprint.7", message[:length])


def test_message_is_good_for_one_label_and_channel_only() -> None:
    places = list(itertools.product(Label, ["sprint.7", "sprint.70", "project.7", "control"]))
    for signed, verified in itertools.permutations(places, 2):
        message = ring(OLD).sign(*signed, JSON)
        with pytest.raises(BadSignature):
            ring(OLD).verify(*verified, message)


def test_message_of_another_installation_is_refused() -> None:
    message = ring(OLD, prefix="other").sign(Label.EVENT, "sprint.7", JSON)
    with pytest.raises(BadSignature):
        ring(OLD).verify(Label.EVENT, "sprint.7", message)


def test_key_of_the_same_name_with_another_secret_is_refused() -> None:
    message = ring(FOREIGN).sign(Label.EVENT, "sprint.7", JSON)
    with pytest.raises(BadSignature):
        ring(OLD).verify(Label.EVENT, "sprint.7", message)


def test_keys_are_rotated_without_losing_a_message() -> None:
    """First every process learns the new key, then they sign with it, then the old one goes."""
    steps = [ring(OLD), ring(OLD, NEW), ring(NEW, OLD), ring(NEW)]
    for before, after in itertools.pairwise(steps):
        for signer, verifier in ((before, after), (after, before)):
            message = signer.sign(Label.EVENT, "sprint.7", JSON)
            assert verifier.verify(Label.EVENT, "sprint.7", message) == JSON


def test_first_key_signs() -> None:
    assert ring(NEW, OLD).sign(Label.EVENT, "sprint.7", JSON).startswith(b"new.")


def test_removed_key_is_refused() -> None:
    message = ring(OLD).sign(Label.EVENT, "sprint.7", JSON)
    with pytest.raises(BadSignature, match="unknown key"):
        ring(NEW).verify(Label.EVENT, "sprint.7", message)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "only-a-secret-without-a-name-of-its-own-xx",
        ":" + "x" * 40,
        "a:short",
        "a b:" + "x" * 40,
        "a.b:" + "x" * 40,
        "a" * 17 + ":" + "x" * 40,
        "ä:" + "x" * 40,
        "a:" + "x" * 40 + ",",
        "a:" + "x" * 40 + ",b:short",
        "a:" + "x" * 40 + ",a:" + "y" * 40,
    ],
)
def test_malformed_secrets_are_refused_without_quoting_them(text: str) -> None:
    with pytest.raises(BadConfiguration, match="WATERCOOLER_SECRET") as caught:
        KeyRing.from_text(text, prefix="p")
    assert "xxxx" not in str(caught.value)
    assert "short" not in str(caught.value)


def test_spaces_around_entries_do_not_matter() -> None:
    message = ring(OLD).sign(Label.EVENT, "sprint.7", JSON)
    assert ring(f" {NEW} ", f" {OLD} ").verify(Label.EVENT, "sprint.7", message) == JSON
