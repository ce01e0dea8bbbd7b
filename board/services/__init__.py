"""Every write: one transaction each, with its record of the change, published on commit."""

from board.services.access import change_password, end_sign_in, revoke_tickets
from board.services.attachments import (
    StoredFile,
    create_attachment,
    delete_attachment,
    stored_file,
)
from board.services.checklist import (
    create_checklist_item,
    delete_checklist_item,
    update_checklist_item,
)
from board.services.comments import create_comment, delete_comment, update_comment
from board.services.invitations import accept_invitation, create_invitation, revoke_invitation
from board.services.labels import create_label, delete_label, update_label
from board.services.members import (
    add_member,
    change_role,
    hand_over,
    remove_member,
    update_person,
)
from board.services.pictures import remove_picture, set_picture
from board.services.projects import (
    archive_project,
    choose_default_project,
    create_project,
    delete_project,
    restore_project,
    update_project,
)
from board.services.sharing import share_sprint, stop_sharing
from board.services.sprints import create_sprint, delete_sprint, update_sprint
from board.services.tasks import create_task, delete_task, move_task, update_task
from board.services.tokens import create_token, note_token_use, revoke_token
from board.services.undo import undo_change
from board.services.visits import note_visit

__all__ = [
    "StoredFile",
    "accept_invitation",
    "add_member",
    "archive_project",
    "change_password",
    "change_role",
    "choose_default_project",
    "create_attachment",
    "create_checklist_item",
    "create_comment",
    "create_invitation",
    "create_label",
    "create_project",
    "create_sprint",
    "create_task",
    "create_token",
    "delete_attachment",
    "delete_checklist_item",
    "delete_comment",
    "delete_label",
    "delete_project",
    "delete_sprint",
    "delete_task",
    "end_sign_in",
    "hand_over",
    "move_task",
    "note_token_use",
    "note_visit",
    "remove_member",
    "remove_picture",
    "restore_project",
    "revoke_invitation",
    "revoke_tickets",
    "revoke_token",
    "set_picture",
    "share_sprint",
    "stop_sharing",
    "stored_file",
    "undo_change",
    "update_checklist_item",
    "update_comment",
    "update_label",
    "update_person",
    "update_project",
    "update_sprint",
    "update_task",
]
