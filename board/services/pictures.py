"""Writes of the pictures by which people are known."""

from uuid import uuid4

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import transaction

from board.changes import Actor, change_channels
from board.models import Profile, private_files
from board.representations import membership_body
from board.services.members import save_membership
from board.transactions import retried_transaction
from realtime.names import project_channel

FOLDER = "pictures"


def set_picture(*, actor: Actor, picture: bytes) -> None:
    """Give a person a picture of their own, in place of the one before; bytes of WebP.

    Emits ``membership update`` in each project that they are in.
    """
    path = private_files().save(f"{FOLDER}/{uuid4().hex}.webp", ContentFile(picture))
    try:
        _change(actor, path)
    except BaseException:
        private_files().delete(path)
        raise


def remove_picture(*, actor: Actor) -> None:
    """Let a person's initials stand for them again. Emits as ``set_picture``, if they had one."""
    _change(actor, "")


@retried_transaction
def _change(actor: Actor, path: str) -> None:
    user = actor.user
    memberships = user.memberships.order_by("project_id")
    with change_channels(actor, [project_channel(m.project_id) for m in memberships]) as change:
        Profile.objects.get_or_create(user=user)
        user = User.objects.select_related("profile").get(pk=user.pk)
        for membership in memberships:
            membership.user = user
        before = [membership_body(membership) for membership in memberships]
        old = user.profile.picture.name
        user.profile.picture = path
        user.profile.save(update_fields=["picture"])
        for membership, body in zip(memberships, before, strict=True):
            save_membership(change, membership, body)
        actor.user.profile = user.profile
    if old:
        transaction.on_commit(lambda: private_files().delete(old))
