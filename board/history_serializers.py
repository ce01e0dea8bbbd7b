"""Shapes of what is asked and told about what has been done."""

from datetime import date
from typing import Any

from django.utils.translation import gettext
from rest_framework import serializers

from board.models import Project
from board.serializers import TaskSerializer, VisibleSprintField

# Days beyond have no midnight in every time zone.
FIRST_DAY, LAST_DAY = date(1970, 1, 2), date(9998, 12, 30)


class ActivityQuerySerializer(serializers.Serializer[Any]):
    """Which part of a project's activity is asked for."""

    day = serializers.DateField(
        required=False, help_text="A day of the project; today unless told."
    )
    sprint = VisibleSprintField(required=False, help_text="Only what was done on its board.")

    def validate_day(self, day: date) -> date:
        if not FIRST_DAY <= day <= LAST_DAY:
            raise serializers.ValidationError(
                gettext("Give a day from %(first)s to %(last)s.")
                % {"first": FIRST_DAY, "last": LAST_DAY}
            )
        return day

    def validate_sprint(self, sprint: Any) -> Any:
        project: Project = self.context["project"]
        if sprint.project_id != project.pk:
            self.fields["sprint"].fail("does_not_exist", pk_value=sprint.pk)
        return sprint


class SeenPositionSerializer(serializers.Serializer[Any]):
    epoch = serializers.CharField(max_length=16)
    seq = serializers.IntegerField(min_value=0)


class SeenSerializer(serializers.Serializer[Any]):
    channels = serializers.DictField(
        child=SeenPositionSerializer(),
        allow_empty=False,
        help_text="Positions as the board's `channels` or later events tell them.",
    )


class ToldTaskSerializer(serializers.Serializer[Any]):
    """The task that something was done to, as it is called and where it is today."""

    id = serializers.IntegerField()
    key = serializers.CharField()
    name = serializers.CharField()
    sprint = serializers.IntegerField(allow_null=True, help_text="Null in the backlog.")
    is_deleted = serializers.BooleanField()


class HistoryEntrySerializer(serializers.Serializer[Any]):
    """What was done to one object."""

    model = serializers.CharField(help_text="As in events: `task`, `comment`, `sprint`, ...")
    action = serializers.ChoiceField(choices=["add", "update", "remove"])
    id = serializers.IntegerField()
    changed = serializers.DictField(
        child=serializers.ListField(),
        help_text="Values before and after by field; an empty list for long texts.",
    )
    text = serializers.CharField(
        allow_null=True, help_text="What it is called, or how a comment begins that is still there."
    )
    task = ToldTaskSerializer(allow_null=True)


class HistoryChangeSerializer(serializers.Serializer[Any]):
    """All that one person did at once."""

    change = serializers.CharField(help_text="A ULID.")
    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True, help_text="A username.")
    undoes = serializers.CharField(allow_null=True, help_text="The change that it has taken back.")
    mentions_me = serializers.BooleanField()
    entries = HistoryEntrySerializer(many=True)
    can_undo = serializers.BooleanField(
        help_text="Whether one may undo it, unless somebody has changed the same since."
    )


class DaysSerializer(serializers.Serializer[Any]):
    days = serializers.ListField(child=serializers.DateField(), help_text="The newest first.")


class NewsSerializer(serializers.Serializer[Any]):
    """What others have done since one's last visit."""

    seen_at = serializers.DateTimeField(allow_null=True, help_text="Null before the first visit.")
    count = serializers.IntegerField(
        allow_null=True, help_text="Their changes, 500 at most; null: everything may have changed."
    )
    tasks = serializers.ListField(child=serializers.IntegerField())
    changes = HistoryChangeSerializer(many=True, help_text="The last 50.")


class UndoneSerializer(serializers.Serializer[Any]):
    change = serializers.CharField(help_text="The ULID of the undo, which can be undone itself.")
    tasks = TaskSerializer(many=True, help_text="The tasks as they are now, but for deleted ones.")


class ChangedSinceSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField(help_text='Who did what: "Ben moved it to Done since."')
    task = TaskSerializer(
        required=False, allow_null=True, help_text="As it is now; null when it was deleted."
    )
