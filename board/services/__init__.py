"""Every write: one transaction each, with its record of the change, published on commit."""

from board.services.access import change_password, end_sign_in, revoke_tickets
from board.services.members import add_member, change_role, remove_member, update_person
from board.services.projects import choose_default_project, create_project, update_project
from board.services.sprints import create_sprint, delete_sprint, update_sprint
from board.services.tasks import create_task, delete_task, move_task, update_task
from board.services.tokens import create_token, note_token_use, revoke_token

__all__ = [
    "add_member",
    "change_password",
    "change_role",
    "choose_default_project",
    "create_project",
    "create_sprint",
    "create_task",
    "create_token",
    "delete_sprint",
    "delete_task",
    "end_sign_in",
    "move_task",
    "note_token_use",
    "remove_member",
    "revoke_tickets",
    "revoke_token",
    "update_person",
    "update_project",
    "update_sprint",
    "update_task",
]
