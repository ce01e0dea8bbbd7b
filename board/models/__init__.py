"""Tables, their constraints, and facts about one row. Writes go through ``board.services``."""

from board.models.accounts import AuditEvent, AuditKind, TokenRecord
from board.models.details import Attachment, ChecklistItem, Comment
from board.models.links import (
    MOST_DAYS,
    USUAL_DAYS,
    Invitation,
    InvitationStatus,
    SharedLink,
    new_secret,
)
from board.models.log import Channel, Event, Installation, Mutation, new_epoch, new_prefix
from board.models.projects import (
    LARGEST_LIMIT,
    Membership,
    Profile,
    Project,
    Role,
    validate_time_zone,
)
from board.models.sprints import Sprint, Visit
from board.models.storage import private_files
from board.models.tasks import (
    LARGEST_ORDER,
    LARGEST_POINTS,
    MOST_LABELS_OF_TASK,
    Colour,
    Label,
    Status,
    Task,
    TaskLabel,
)

__all__ = [
    "LARGEST_LIMIT",
    "LARGEST_ORDER",
    "LARGEST_POINTS",
    "MOST_DAYS",
    "MOST_LABELS_OF_TASK",
    "USUAL_DAYS",
    "Attachment",
    "AuditEvent",
    "AuditKind",
    "Channel",
    "ChecklistItem",
    "Colour",
    "Comment",
    "Event",
    "Installation",
    "Invitation",
    "InvitationStatus",
    "Label",
    "Membership",
    "Mutation",
    "Profile",
    "Project",
    "Role",
    "SharedLink",
    "Sprint",
    "Status",
    "Task",
    "TaskLabel",
    "TokenRecord",
    "Visit",
    "new_epoch",
    "new_prefix",
    "new_secret",
    "private_files",
    "validate_time_zone",
]
