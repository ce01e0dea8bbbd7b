"""Shapes of requests and answers: types and sizes; rules and saving are the services'."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from board import access
from board.api import base_url
from board.avatars import LARGEST_PICTURE
from board.links import LONGEST_TOKEN
from board.models import (
    LARGEST_LIMIT,
    LARGEST_ORDER,
    MOST_DAYS,
    MOST_LABELS_OF_TASK,
    USUAL_DAYS,
    Invitation,
    InvitationStatus,
    Label,
    Membership,
    Project,
    Sprint,
    Status,
    Task,
)
from board.representations import (
    Json,
    invitation_body,
    label_body,
    membership_body,
    project_body,
    sprint_body,
    task_body,
    user_body,
)

# Databases hold no larger ones.
LARGEST_ID = 2**63 - 1


@extend_schema_field(serializers.IntegerField())
class VisibleProjectField(serializers.PrimaryKeyRelatedField[Project]):
    def get_queryset(self) -> QuerySet[Project]:
        return access.visible_projects(self.context["request"].user)


@extend_schema_field(serializers.IntegerField(allow_null=True))
class VisibleSprintField(serializers.PrimaryKeyRelatedField[Sprint]):
    def get_queryset(self) -> QuerySet[Sprint]:
        return access.visible_sprints(self.context["request"].user)

    def to_internal_value(self, data: Any) -> Sprint:
        # The sprint in which a task stands was found with it.
        stored: Task | None = self.root.instance
        if stored and stored.sprint and type(data) is int and data == stored.sprint_id:
            return stored.sprint
        return super().to_internal_value(data)


class IdsField(serializers.ListField):
    """Ids, which need not exist; what is wrong with one is said of the whole list."""

    child = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)

    def run_child_validation(self, data: Any) -> list[int]:
        try:
            return list(super().run_child_validation(data))
        except serializers.ValidationError as error:
            raise serializers.ValidationError(
                [gettext("Give a list of ids, such as [1, 2].")]
            ) from error


@extend_schema_field(
    {
        "type": "object",
        "description": "How many tasks a column should hold at most, by status; null takes a limit "
        "away, and what is left out stays.",
        "properties": {
            str(status): {
                "type": "integer",
                "minimum": 1,
                "maximum": LARGEST_LIMIT,
                "nullable": True,
            }
            for status in Status.values
        },
        "additionalProperties": False,
    }
)
class WipLimitsField(serializers.JSONField):
    """Limits by status, such as ``{"2": 3}``; forms give it as JSON."""

    def to_internal_value(self, data: Any) -> dict[str, int | None]:
        limits = super().to_internal_value(data)
        if not isinstance(limits, dict) or not all(map(self._is_limit, limits.items())):
            raise serializers.ValidationError(
                gettext(
                    "Give limits from 1 to %(most)d, or null for none, by the number of the "
                    'status, such as {"2": 3, "3": null}.'
                )
                % {"most": LARGEST_LIMIT}
            )
        return limits

    @staticmethod
    def _is_limit(item: tuple[str, Any]) -> bool:
        status, limit = item
        is_number = type(limit) is int and 1 <= limit <= LARGEST_LIMIT
        return status in map(str, Status.values) and (limit is None or is_number)


class LinksField(serializers.DictField):
    """Absolute URLs by relation; null where one does not apply."""

    child = serializers.URLField(allow_null=True)


class PictureField(serializers.CharField):
    """A name for a person's picture; null for who is known by their initials."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **kwargs)


class PictureSerializer(serializers.Serializer[Any]):
    """A picture to be known by: PNG, JPEG, WebP or GIF, at most 5 MB."""

    file = serializers.FileField(allow_empty_file=True)

    def validate_file(self, file: Any) -> Any:
        if file.size > LARGEST_PICTURE:
            raise serializers.ValidationError(gettext("A picture may have at most 5 MB."))
        return file


class Represented(serializers.ModelSerializer[Any]):
    """Answers with ``board.representations``, so that events and answers have one shape."""

    body: ClassVar[Callable[..., Json]]

    def to_representation(self, instance: Any) -> Json:
        return type(self).body(instance, base_url(self.context["request"]))

    def get_field_names(self, declared_fields: Any, info: Any) -> Any:
        """All fields, but for a change of some only those: to make one takes longer than its use.

        The other fields would only be found missing.
        """
        names = super().get_field_names(declared_fields, info)
        # The OpenAPI schema asks without a request's data.
        given = getattr(self, "initial_data", None)
        if not self.partial or not isinstance(given, Mapping):
            return names
        return [name for name in names if name in given]


class ProjectSerializer(Represented):
    body = staticmethod(project_body)
    wip_limits = WipLimitsField(required=False)
    links = LinksField(read_only=True)

    class Meta:
        model = Project
        fields = ["id", "key", "name", "time_zone", "wip_limits", "archived_at", "version", "links"]
        # Uniqueness is the service's: a validator's message would tell who else has the key.
        extra_kwargs = {"key": {"validators": Project._meta.get_field("key").validators[:1]}}


class MembershipSerializer(Represented):
    body = staticmethod(membership_body)
    user = serializers.CharField(source="user.username", read_only=True)
    full_name = serializers.CharField(read_only=True)
    is_active = serializers.BooleanField(read_only=True)
    picture = PictureField()
    links = LinksField(read_only=True)

    class Meta:
        model = Membership
        fields = [
            "id",
            "project",
            "user",
            "full_name",
            "is_active",
            "role",
            "picture",
            "version",
            "links",
        ]
        read_only_fields = ["project"]


class LabelSerializer(Represented):
    body = staticmethod(label_body)
    project = VisibleProjectField(required=False)
    links = LinksField(read_only=True)

    class Meta:
        model = Label
        fields = ["id", "project", "name", "colour", "version", "links"]
        # One label per name is the service's rule, checked under the project's lock.
        validators: list[Any] = []


class InvitationSerializer(Represented):
    body = staticmethod(invitation_body)
    project = VisibleProjectField()
    days = serializers.IntegerField(
        required=False,
        write_only=True,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=f"For how long it can be accepted; {USUAL_DAYS} unless told otherwise.",
    )
    status = serializers.ChoiceField(choices=InvitationStatus.choices, read_only=True)
    created_by = serializers.CharField(read_only=True, help_text="A username.")
    accepted_by = serializers.CharField(read_only=True, allow_null=True, help_text="A username.")
    links = LinksField(read_only=True)

    class Meta:
        model = Invitation
        fields = [
            "id",
            "project",
            "role",
            "email",
            "days",
            "status",
            "created_by",
            "created_at",
            "expires_at",
            "accepted_by",
            "accepted_at",
            "revoked_at",
            "links",
        ]
        read_only_fields = ["expires_at", "accepted_at", "revoked_at"]


class LinkTokenSerializer(serializers.Serializer[Any]):
    """What stands behind the ``#`` of a link."""

    token = serializers.CharField(max_length=LONGEST_TOKEN, trim_whitespace=True)


class UserSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    username = serializers.CharField(read_only=True)
    full_name = serializers.CharField(read_only=True)
    is_active = serializers.BooleanField(read_only=True)
    picture = PictureField()
    links = LinksField(read_only=True)

    def to_representation(self, instance: Any) -> Json:
        return user_body(instance, base_url(self.context["request"]))


class SprintSerializer(Represented):
    body = staticmethod(sprint_body)
    project = VisibleProjectField(required=False)
    title = serializers.CharField(read_only=True)
    links = LinksField(read_only=True)

    class Meta:
        model = Sprint
        fields = [
            "id",
            "project",
            "name",
            "title",
            "description",
            "goal",
            "start",
            "end",
            "closed_at",
            "version",
            "created_at",
            "updated_at",
            "links",
        ]
        read_only_fields = ["closed_at"]
        # One sprint per end is the service's rule, checked under the project's lock.
        validators: list[Any] = []


class TaskSerializer(Represented):
    body = staticmethod(task_body)
    project = VisibleProjectField(required=False)
    key = serializers.CharField(read_only=True)
    has_description = serializers.BooleanField(read_only=True)
    sprint = VisibleSprintField(required=False, allow_null=True)
    status_display = serializers.CharField(read_only=True)
    order = serializers.IntegerField(
        required=False, min_value=-LARGEST_ORDER, max_value=LARGEST_ORDER
    )
    assigned = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, help_text="A username, or null."
    )
    labels = IdsField(
        required=False,
        max_length=MOST_LABELS_OF_TASK,
        help_text="Ids of labels of the project, rising.",
    )
    links = LinksField(read_only=True)

    class Meta:
        model = Task
        fields = [
            "id",
            "project",
            "number",
            "key",
            "name",
            "description",
            "has_description",
            "sprint",
            "status",
            "status_display",
            "order",
            "assigned",
            "points",
            "started",
            "due",
            "completed",
            "labels",
            "is_blocked",
            "comment_count",
            "checklist_count",
            "checklist_done_count",
            "attachment_count",
            "version",
            "created_at",
            "updated_at",
            "links",
        ]

    def validate_assigned(self, username: str | None) -> str | None:
        return username or None


class AnchoredSerializer(serializers.Serializer[Any]):
    """What is put next to something of its kind, whose id is ``before`` or ``after``."""

    before = serializers.IntegerField(
        required=False, allow_null=True, write_only=True, help_text="The one to stand above."
    )
    after = serializers.IntegerField(
        required=False, allow_null=True, write_only=True, help_text="The one to stand below."
    )

    def validate(self, attrs: Json) -> Json:
        if attrs.get("before") is not None and attrs.get("after") is not None:
            raise serializers.ValidationError(gettext("Give before or after, not both."))
        return attrs


class MoveSerializer(AnchoredSerializer):
    """The place that a move asks for; what is left out stays as it is."""

    sprint = VisibleSprintField(required=False, allow_null=True)
    status = serializers.ChoiceField(
        required=False, choices=Task._meta.get_field("status").choices or []
    )
    version = serializers.IntegerField(required=False, allow_null=True)
