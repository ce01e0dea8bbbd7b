"""What an open task shows beside its fields, as the API shows it; see ``board.representations``."""

from collections.abc import Callable
from typing import Any

from board.models import Attachment, ChecklistItem, Comment
from board.representations import Json, iso


def comment_body(comment: Comment, base: str = "") -> Json:
    """A comment; needs ``author`` loaded."""
    return {
        "id": comment.pk,
        "task": comment.task_id,
        "author": comment.author.username,
        "text": comment.text,
        "mentions": comment.mentions,
        "version": comment.version,
        "created_at": comment.created_at.isoformat(),
        "edited_at": iso(comment.edited_at),
        "links": _links("comments", comment, base),
    }


def checklist_item_body(item: ChecklistItem, base: str = "") -> Json:
    """``{id, task, text, is_done, order, version, links}``."""
    return {
        "id": item.pk,
        "task": item.task_id,
        "text": item.text,
        "is_done": item.is_done,
        "order": item.order,
        "version": item.version,
        "links": _links("checklist-items", item, base),
    }


def attachment_body(attachment: Attachment, base: str = "") -> Json:
    """A file without its bytes, which are at ``links.file``; needs ``uploaded_by`` loaded."""
    links = _links("attachments", attachment, base)
    return {
        "id": attachment.pk,
        "task": attachment.task_id,
        "name": attachment.name,
        "size": attachment.size,
        "content_type": attachment.content_type,
        "uploaded_by": attachment.uploaded_by.username,
        "version": attachment.version,
        "created_at": attachment.created_at.isoformat(),
        "links": {**links, "file": f"{links['self']}file/"},
    }


def _links(collection: str, detail: Comment | ChecklistItem | Attachment, base: str) -> Json:
    return {
        "self": f"{base}/api/{collection}/{detail.pk}/",
        "task": f"{base}/api/tasks/{detail.task_id}/",
    }


MODEL_NAMES: dict[type, str] = {
    Comment: "comment",
    ChecklistItem: "checklist_item",
    Attachment: "attachment",
}
DETAIL_BODIES: dict[type, Callable[..., dict[str, Any]]] = {
    Comment: comment_body,
    ChecklistItem: checklist_item_body,
    Attachment: attachment_body,
}
