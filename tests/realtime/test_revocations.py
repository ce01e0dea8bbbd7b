"""Which tickets a revocation covers."""

from dataclasses import replace

import pytest

from realtime.errors import BadMessage
from realtime.revocations import Revocation, Revocations, read_revocation
from realtime.tickets import Ticket

CHANNELS = ("sprint.7", "project.1")
TICKET = Ticket("bob", "Bob", "member", CHANNELS, 1000, 10**15, "e1", 4)
ALL = Revocation("bob", None, 1000, 4401, "e1", 5)


def test_ticket_from_before_it_on_control_is_covered_whatever_the_clocks_say() -> None:
    assert ALL.covers(replace(TICKET, issued_ms=10**15))
    assert not ALL.covers(replace(TICKET, control_seq=5, issued_ms=0))
    assert not ALL.covers(replace(TICKET, control_seq=6, issued_ms=0))


@pytest.mark.parametrize(("issued_ms", "is_covered"), [(1000, True), (1001, False)])
@pytest.mark.parametrize("epoch", ["", "e2"])
def test_ticket_of_another_epoch_is_judged_by_its_time(
    epoch: str, issued_ms: int, is_covered: bool
) -> None:
    ticket = replace(TICKET, control_epoch=epoch, control_seq=9, issued_ms=issued_ms)
    assert ALL.covers(ticket) is is_covered


@pytest.mark.parametrize(
    ("channels", "is_covered"), [(CHANNELS, True), (("project.1",), True), (("project.2",), False)]
)
def test_named_channels_alone_are_concerned(channels: tuple[str, ...], is_covered: bool) -> None:
    assert replace(ALL, channels=frozenset(channels)).covers(TICKET) is is_covered


def test_other_people_are_not_concerned() -> None:
    assert not ALL.covers(replace(TICKET, username="bobby"))


def test_lost_membership_goes_before_a_new_ticket() -> None:
    revocations = Revocations()
    assert revocations.add(ALL)
    assert revocations.add(replace(ALL, code=4403, channels=frozenset(CHANNELS)))
    assert not revocations.add(ALL)
    assert revocations.code_for(TICKET) == 4403
    assert revocations.code_for(replace(TICKET, channels=("project.2",))) == 4401
    assert revocations.code_for(replace(TICKET, control_seq=5)) is None


def test_it_is_read_with_its_place_on_control() -> None:
    body = {"username": "bob", "channels": None, "before_ms": 1000, "code": 4401}
    assert read_revocation(body, epoch="e1", seq=5) == ALL
    with pytest.raises(BadMessage):
        read_revocation(body | {"code": 1000}, epoch="e1", seq=5)
