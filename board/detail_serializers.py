"""Shapes of requests and answers about what an open task shows beside its fields."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from board import access
from board.detail_representations import attachment_body, checklist_item_body, comment_body
from board.files import LARGEST_FILE, TOO_LARGE
from board.models import Attachment, ChecklistItem, Comment, Task
from board.serializers import AnchoredSerializer, LinksField, Represented


@extend_schema_field(serializers.IntegerField())
class VisibleTaskField(serializers.PrimaryKeyRelatedField[Task]):
    def get_queryset(self) -> QuerySet[Task]:
        return access.visible_tasks(self.context["request"].user)


class DetailSerializer(Represented):
    """What belongs to a task, and stays with it: changes do not take ``task``."""

    task = VisibleTaskField()
    links = LinksField(read_only=True)

    def get_fields(self) -> Any:
        fields = super().get_fields()
        if self.instance is not None:
            fields.pop("task", None)
        return fields


class CommentSerializer(DetailSerializer):
    body = staticmethod(comment_body)
    author = serializers.CharField(read_only=True, help_text="A username.")
    mentions = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="Usernames that the text calls."
    )

    class Meta:
        model = Comment
        fields = [
            "id",
            "task",
            "author",
            "text",
            "mentions",
            "version",
            "created_at",
            "edited_at",
            "links",
        ]


class ChecklistItemSerializer(AnchoredSerializer, DetailSerializer):
    body = staticmethod(checklist_item_body)

    class Meta:
        model = ChecklistItem
        fields = ["id", "task", "text", "is_done", "order", "before", "after", "version", "links"]


class AttachmentSerializer(DetailSerializer):
    body = staticmethod(attachment_body)
    file = serializers.FileField(write_only=True)
    uploaded_by = serializers.CharField(read_only=True, help_text="A username.")

    class Meta:
        model = Attachment
        fields = [
            "id",
            "task",
            "file",
            "name",
            "size",
            "content_type",
            "uploaded_by",
            "version",
            "created_at",
            "links",
        ]
        read_only_fields = ["name"]

    def validate_file(self, file: "UploadedFile[bytes]") -> "UploadedFile[bytes]":
        if (file.size or 0) > LARGEST_FILE:
            raise serializers.ValidationError(TOO_LARGE)
        return file
