"""Whose address counts, and how often it may ask; times are given by hand."""

from ipaddress import ip_address, ip_network

import pytest

from realtime import callers
from realtime.callers import Allowance, Callers, find_caller
from realtime.timing import Limits

PEER = ip_address("10.0.0.9")
TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
STRANGER = ip_address("203.0.113.5")


@pytest.mark.parametrize(
    ("forwarded", "caller"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("198.51.100.7, 203.0.113.5", "203.0.113.5"),
        ("203.0.113.5, 10.1.1.1", "203.0.113.5"),
        ("198.51.100.7, 203.0.113.5, fd00::1 ,10.1.1.1", "203.0.113.5"),
        ("2001:db8::1", "2001:db8::1"),
        ("10.1.1.1", None),
        (None, None),
        ("", None),
        ("unknown", None),
        ("203.0.113.5:8080", None),
        ("203.0.113.5, nonsense", None),
        ("nonsense, 203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
    ],
)
def test_caller_is_the_nearest_that_is_no_trusted_proxy(
    forwarded: str | None, caller: str | None
) -> None:
    expected = ip_address(caller) if caller else None
    assert find_caller(PEER, forwarded, TRUSTED) == expected


def test_what_a_stranger_forwards_does_not_count() -> None:
    assert find_caller(STRANGER, "198.51.100.7", TRUSTED) == STRANGER


def test_allowance_is_used_up_and_comes_back() -> None:
    allowance = Allowance(rate=2.0, burst=3.0)
    assert [allowance.take(STRANGER, 0.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert allowance.wait_seconds(STRANGER, 0.25) == 0.25
    assert allowance.take(STRANGER, 0.5) == 0


def test_addresses_have_an_allowance_each() -> None:
    allowance = Allowance(rate=1.0, burst=1.0)
    assert allowance.take(STRANGER, 0.0) == 0
    assert allowance.take(PEER, 0.0) == 0
    assert allowance.wait_seconds(STRANGER, 0.0) == 1


def test_looking_takes_nothing() -> None:
    allowance = Allowance(rate=1.0, burst=1.0)
    assert {allowance.wait_seconds(STRANGER, 0.0) for _ in range(5)} == {0.0}
    assert allowance.take(STRANGER, 0.0) == 0


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:203.0.113.5", "203.0.113.5", True),
        ("::ffff:203.0.113.5", "::ffff:203.0.113.6", False),
        ("203.0.113.5", "203.0.113.6", False),
    ],
)
def test_network_of_one_customer_is_one_caller(first: str, second: str, is_one: bool) -> None:
    allowance = Allowance(rate=1.0, burst=1.0)
    allowance.take(ip_address(first), 0.0)
    assert (allowance.wait_seconds(ip_address(second), 0.0) > 0) is is_one


def test_who_was_quiet_for_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "MOST_CALLERS", 2)
    allowance = Allowance(rate=1.0, burst=1.0)
    first, second, third = (ip_address(f"203.0.113.{number}") for number in (1, 2, 3))
    for address in (first, second, first, third):
        allowance.take(address, 0.0)
    assert [allowance.wait_seconds(one, 0.0) > 0 for one in (first, second, third)] == [
        True,
        False,
        True,
    ]


def test_thousand_people_of_one_office_may_come_back_at_once_and_again() -> None:
    """After a restart, behind one address, by what the product allows unless told otherwise."""
    requests = Callers(Limits()).requests
    for now in (0.0, 0.5, 10.5, 20.5):
        assert sum(requests.take(STRANGER, now) == 0 for _ in range(1000)) == 1000
