"""Public links that end, and what is told of them; the rest is in the contract's tests."""

from collections.abc import Callable

import orjson
import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from board import access, services
from board.changes import Actor
from board.errors import AlreadyGone
from board.models import Event, Project, SharedLink, Sprint
from realtime.revocations import Revocation, read_revocation
from realtime.tickets import GUEST, Ticket
from tests.board.live import LiveSide, in_threads

End = Callable[[Actor, Sprint], object]


def revocations() -> list[Revocation]:
    """All that stand on ``control``, as watercooler reads them."""
    rows = Event.objects.filter(channel="control").select_related("channel").order_by("seq")
    return [
        read_revocation(orjson.loads(row.payload)["body"], epoch=row.channel.epoch, seq=row.seq)
        for row in rows
    ]


def guest_ticket(link: SharedLink) -> Ticket:
    """What a guest's ticket says that is given out now."""
    grants = access.guest_grants_of(link)
    assert grants
    channels = (f"sprint.{link.sprint_id}",)
    return Ticket(link.guest, "Guest", GUEST, channels, 0, 2**60, grants.epoch, grants.seq)


@pytest.fixture
def link(sprint: Sprint, alice: User) -> SharedLink:
    return services.share_sprint(actor=Actor(alice), sprint=sprint)


def stop_sharing(actor: Actor, sprint: Sprint) -> None:
    services.stop_sharing(actor=actor, sprint=sprint)


def share_anew(actor: Actor, sprint: Sprint) -> SharedLink:
    return services.share_sprint(actor=actor, sprint=sprint)


def delete_sprint(actor: Actor, sprint: Sprint) -> None:
    services.delete_sprint(actor=actor, sprint=sprint)


def delete_project(actor: Actor, sprint: Sprint) -> None:
    services.delete_project(actor=actor, project=sprint.project, confirmation="WEB")


@pytest.mark.parametrize("end", [stop_sharing, share_anew, delete_sprint, delete_project])
def test_end_of_a_link_closes_those_who_came_by_it(
    sprint: Sprint, link: SharedLink, alice: User, end: End
) -> None:
    ticket = guest_ticket(link)
    end(Actor(alice), sprint)
    (revocation,) = [one for one in revocations() if one.username == link.guest]
    assert revocation.code == 4403
    assert revocation.covers(ticket)
    assert access.guest_grants_of(link) is None
    assert not SharedLink.objects.filter(pk=link.pk).exists()


def test_new_link_is_not_covered_by_the_end_of_the_old_one(
    sprint: Sprint, link: SharedLink, alice: User
) -> None:
    newer = services.share_sprint(actor=Actor(alice), sprint=sprint)
    assert newer.guest != link.guest
    assert not any(one.covers(guest_ticket(newer)) for one in revocations())


def test_stopping_what_is_not_shared_says_nothing(sprint: Sprint, alice: User) -> None:
    services.stop_sharing(actor=Actor(alice), sprint=sprint)
    assert revocations() == []


def test_deleted_sprint_cannot_be_shared(sprint: Sprint, alice: User) -> None:
    services.delete_sprint(actor=Actor(alice), sprint=Sprint.objects.get(pk=sprint.pk))
    with pytest.raises(AlreadyGone):
        services.share_sprint(actor=Actor(alice), sprint=sprint)


def test_no_event_holds_the_secret(sprint: Sprint, link: SharedLink, alice: User) -> None:
    services.stop_sharing(actor=Actor(alice), sprint=sprint)
    assert link.secret not in "".join(Event.objects.values_list("payload", flat=True))


def test_removing_a_person_does_not_end_the_link(
    sprint: Sprint, link: SharedLink, membership_of: Callable[..., object], alice: User, bob: User
) -> None:
    services.remove_member(actor=Actor(alice), membership=membership_of(bob))  # type: ignore[arg-type]
    assert SharedLink.objects.filter(pk=link.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_sprint_shared_by_many_at_once_has_one_link(
    live: LiveSide, sprint: Sprint, alice: User
) -> None:
    def work(number: int) -> None:
        services.share_sprint(actor=Actor(alice), sprint=sprint)

    in_threads(work, 4)
    (link,) = SharedLink.objects.all()
    ended = {revocation.username for revocation in revocations()}
    assert len(ended) == 3
    assert link.guest not in ended


@pytest.mark.django_db(transaction=True)
def test_end_is_published_on_commit_and_not_on_rollback(
    live: LiveSide, sprint: Sprint, link: SharedLink, alice: User
) -> None:
    heard = live.listen("control")
    with transaction.atomic():
        services.stop_sharing(actor=Actor(alice), sprint=sprint)
        transaction.set_rollback(True)
    assert heard.heard() == []
    services.stop_sharing(actor=Actor(alice), sprint=sprint)
    (event,) = heard.heard()
    assert (event["model"], event["action"]) == ("access", "revoke")


def test_admin_lists_links_without_their_secrets(
    sprint: Sprint, link: SharedLink, alice: User, client: Client, project: Project
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client.force_login(alice)
    path = "/admin/board/sharedlink/"
    for page in (client.get(path), client.get(f"{path}{link.pk}/change/")):
        assert page.status_code == 200
        assert link.secret not in page.content.decode()
    assert client.post(f"{path}{link.pk}/delete/", {"post": "yes"}).status_code == 403
