"""A project with one of everything, and everybody who may try to reach it."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Sum
from knox.models import AuthToken
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import (
    Attachment,
    Channel,
    ChecklistItem,
    Comment,
    Label,
    Membership,
    Project,
    Role,
    Sprint,
    Task,
)
from tests.conftest import make_user
from tests.contract.test_attachments import attach, upload

INSIDE = ("owner", "member", "viewer")
OUTSIDE = ("outsider", "staff", "removed")
NOBODY = ("anonymous", "deactivated", "expired token", "altered token")
EVERYBODY = (*INSIDE, *OUTSIDE, *NOBODY)


@dataclass(frozen=True, slots=True)
class World:
    """A project with a task, and who is in it and who is not."""

    people: dict[str, User]
    project: Project
    sprint: Sprint
    task: Task
    label: Label
    membership: Membership
    comment: Comment
    item: ChecklistItem
    attachment: Attachment
    clients: dict[str, APIClient]

    @property
    def changes(self) -> int:
        """Grows with every change that anybody makes."""
        return Channel.objects.aggregate(total=Sum("seq"))["total"] or 0


def make_people() -> dict[str, User]:
    names = {
        "owner": "Zebra Owner",
        "member": "Zebra Member",
        "viewer": "Zebra Viewer",
        "removed": "Rita Removed",
        "deactivated": "Dora Deactivated",
        "outsider": "Otto Outsider",
        "staff": "Stan Staff",
    }
    return {
        who: make_user(full_name.lower().replace(" ", "-"), full_name)
        for who, full_name in names.items()
    }


def make_clients(people: dict[str, User]) -> dict[str, APIClient]:
    """One for everybody: signed in, or with a token that is not good, or neither."""
    clients = {who: APIClient() for who in EVERYBODY}
    for who, person in people.items():
        clients[who].force_login(person)
    _, expired = AuthToken.objects.create(people["owner"], expiry=timedelta(seconds=-1))
    _, valid = AuthToken.objects.create(people["owner"])
    clients["expired token"].credentials(HTTP_AUTHORIZATION=f"Token {expired}")
    clients["altered token"].credentials(HTTP_AUTHORIZATION=f"Token {valid[:-1]}x")
    return clients


def make_world() -> World:
    """Each text of the project has "zebra" in it. Clients are signed in before anybody leaves."""
    people = make_people()
    actor = Actor(people["owner"])
    project = services.create_project(
        actor=actor, given={"key": "ZEB", "name": "Zebra", "time_zone": "UTC"}
    )
    roles = {"viewer": Role.VIEWER}
    members = {
        who: services.add_member(
            actor=actor, project=project, user=people[who], role=roles.get(who, Role.MEMBER)
        )
        for who in ("member", "viewer", "removed", "deactivated")
    }
    end = project.today() + timedelta(days=10)
    sprint = services.create_sprint(
        actor=actor, project=project, given={"name": "Zebra sprint", "end": end}
    )
    label = services.create_label(actor=actor, project=project, given={"name": "Zebra label"})
    given = {"name": "Zebra task", "sprint": sprint, "labels": [label.pk]}
    task = services.create_task(actor=actor, project=project, given=given)
    member = people["member"]
    comment = services.create_comment(actor=Actor(member), task=task, text="Zebra comment")
    item = services.create_checklist_item(actor=actor, task=task, given={"text": "Zebra item"})
    attachment = attach(member, task, upload("zebra.png", b"Zebra bytes"))
    clients = make_clients(people)
    services.remove_member(actor=actor, membership=members["removed"])
    services.update_person(actor=actor, user=people["deactivated"], given={"is_active": False})
    User.objects.filter(pk=people["staff"].pk).update(is_staff=True, is_superuser=True)
    membership = members["deactivated"]
    return World(
        *(people, project, sprint, task, label, membership, comment, item, attachment, clients)
    )
