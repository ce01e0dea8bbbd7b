"""The family of errors that services and access rules raise; ``board.api`` turns them into HTTP."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext

if TYPE_CHECKING:
    from board.models import (
        Attachment,
        ChecklistItem,
        Comment,
        Label,
        Membership,
        Project,
        Sprint,
        Task,
    )

    Versioned = Project | Membership | Label | Sprint | Task | Comment | ChecklistItem | Attachment


class BoardError(Exception):
    """Base of all errors that a request can be told about; its text is written for people."""


class RuleBroken(BoardError):
    """A field, or several together, would break a rule of the board (400)."""

    def __init__(self, message: str, *, field: str = "non_field_errors") -> None:
        super().__init__(message)
        self.field = field


class RoleForbids(BoardError):
    """The person is in the project, but their role does not allow this (403)."""


class MoveRefused(BoardError):
    """The place or the version that a move names is not the current one; nothing changed (409)."""

    def __init__(self, message: str, *, task: "Task", column: list[int]) -> None:
        super().__init__(message)
        self.task = task
        self.column = column


class ChangedSince(BoardError):
    """What a change did cannot be taken back: something has come after it (409).

    ``task`` is the task as it is now, None when it has been deleted.
    """

    def __init__(self, message: str, *, task: "Task | None") -> None:
        super().__init__(message)
        self.task = task


class NotUndoable(BoardError):
    """A change is of a kind that cannot be taken back (409)."""


class ChangeTooOld(BoardError):
    """A change could have been taken back, but was made too long ago (410)."""


class PositionsUnknown(BoardError):
    """A board was said to be seen at positions that it has not, or not any more (400)."""


class SprintHasTasks(BoardError):
    """A sprint with tasks is only deleted when it is said what becomes of them (409)."""


class LastOwnerStays(BoardError):
    """A project keeps at least one owner (409)."""


class NotConfirmed(BoardError):
    """What cannot be taken back was not confirmed as asked (409)."""


class TooManyInvitations(BoardError):
    """A project has as many open invitations as it may have (409)."""


class InvitationUsed(BoardError):
    """An invitation that somebody has accepted cannot be taken back any more (409)."""


class LinkUnknown(BoardError):
    """A link is not one of ours, or not whole (404)."""


class LinkEnded(BoardError):
    """A link was one of ours and counts no more (410)."""


class VersionMismatch(BoardError):
    """``If-Match`` names another version than the current one (412)."""

    def __init__(self, current: "Versioned") -> None:
        super().__init__(
            gettext("Somebody changed this meanwhile; look at the current version first.")
        )
        self.current = current


class MutationReused(BoardError):
    """A client mutation id came again with another request (422)."""


class DatabaseBusy(BoardError):
    """The database refused a write three times for reasons that pass (503)."""


class AlreadyGone(BoardError):
    """The object was deleted while the request was under way (404)."""
