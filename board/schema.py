"""Shapes of answers that no model serializer describes, for the OpenAPI schema alone."""

from typing import Any

from drf_spectacular.authentication import BasicScheme
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from board.models import Role
from board.serializers import (
    InvitationSerializer,
    LabelSerializer,
    LinksField,
    MembershipSerializer,
    PictureField,
    ProjectSerializer,
    SprintSerializer,
    TaskSerializer,
)
from board.token_serializers import ApiTokenSerializer

PROGRESS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {
            name: {"type": "integer"} for name in ("tasks", "tasks_done", "points", "points_done")
        },
        "required": ["tasks", "tasks_done", "points", "points_done"],
    },
}


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]
    target_class = "board.authentication.TokenAuthentication"


class PasswordScheme(BasicScheme):  # type: ignore[no-untyped-call]
    target_class = "board.authentication.PasswordAuthentication"


class PositionSerializer(serializers.Serializer[Any]):
    epoch = serializers.CharField()
    seq = serializers.IntegerField()
    change = serializers.CharField(allow_blank=True)


class CardSerializer(TaskSerializer):
    """A task without its description."""

    class Meta(TaskSerializer.Meta):
        fields = [name for name in TaskSerializer.Meta.fields if name != "description"]


class BoardSerializer(serializers.Serializer[Any]):
    sprint = SprintSerializer()
    project = ProjectSerializer()
    tasks = CardSerializer(many=True)
    backlog = CardSerializer(many=True)
    labels = LabelSerializer(many=True)
    members = MembershipSerializer(many=True)
    channels = serializers.DictField(child=PositionSerializer())
    today = serializers.DateField()
    role = serializers.CharField()


class NamedMemberSerializer(serializers.Serializer[Any]):
    """Somebody who stands on a card."""

    id = serializers.IntegerField()
    project = serializers.IntegerField()
    user = serializers.CharField()
    full_name = serializers.CharField()


class SharedBoardSerializer(serializers.Serializer[Any]):
    """A board as guests see it: `backlog` is empty, and so are all `links`."""

    sprint = SprintSerializer()
    project = ProjectSerializer()
    tasks = CardSerializer(many=True)
    backlog = CardSerializer(many=True)
    labels = LabelSerializer(many=True)
    members = NamedMemberSerializer(many=True)
    channels = serializers.DictField(child=PositionSerializer())
    today = serializers.DateField()
    role = serializers.CharField()


class OwnMembershipSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    role = serializers.CharField()
    version = serializers.IntegerField()
    project = ProjectSerializer()


class MeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    username = serializers.CharField(read_only=True)
    full_name = serializers.CharField(read_only=True)
    is_staff = serializers.BooleanField(read_only=True)
    picture = PictureField()
    default_project = serializers.IntegerField(allow_null=True)
    memberships = OwnMembershipSerializer(many=True, read_only=True)
    links = LinksField(read_only=True)


class MoveRefusedSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()
    task = TaskSerializer()
    column = serializers.ListField(child=serializers.IntegerField())


class ProblemSerializer(serializers.Serializer[Any]):
    """What is wrong, in words for people."""

    detail = serializers.CharField()


NOT_AN_OWNER = OpenApiResponse(ProblemSerializer, "Only an owner of the project may know.")
NOT_CONFIRMED = OpenApiResponse(
    ProblemSerializer, "Asked by a token, or too long after signing in."
)
NO_TOKEN = OpenApiResponse(ProblemSerializer, "The request brings no token.")
LINK_ERRORS = {
    404: OpenApiResponse(ProblemSerializer, "The token is altered, or not one of ours."),
    410: OpenApiResponse(ProblemSerializer, "The link counts no more; says what to do."),
}


class NewInvitationSerializer(InvitationSerializer):
    """An invitation that was just made."""

    link = serializers.CharField(
        read_only=True, allow_null=True, help_text="Told this once; null when repeated."
    )

    class Meta(InvitationSerializer.Meta):
        fields = [*InvitationSerializer.Meta.fields, "link"]


class InvitedToSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()


class InvitationSeenSerializer(serializers.Serializer[Any]):
    """What an invitation shows to whoever holds its link."""

    project = InvitedToSerializer()
    role = serializers.ChoiceField(choices=Role.choices)
    email = serializers.EmailField(allow_blank=True)
    invited_by = serializers.CharField(help_text="The full name of whoever made it.")
    expires_at = serializers.DateTimeField()


class SharedLinkSerializer(serializers.Serializer[Any]):
    """The public link of a sprint; all null while it is not shared."""

    link = serializers.CharField(allow_null=True)
    created_by = serializers.CharField(allow_null=True, help_text="A username.")
    created_at = serializers.DateTimeField(allow_null=True)


class TicketSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField(help_text="A websocket URL with a fresh ticket.")


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    expiry = serializers.DateTimeField()


class NewTokenSerializer(ApiTokenSerializer):
    token = serializers.CharField(read_only=True, help_text="The secret; told this once.")

    class Meta(ApiTokenSerializer.Meta):
        fields = [*ApiTokenSerializer.Meta.fields, "token"]


class FindingSerializer(serializers.Serializer[Any]):
    check = serializers.CharField(help_text="What was examined, such as `redis` or `relay`.")
    is_ok = serializers.BooleanField()
    message = serializers.CharField(help_text="What is so and, if not `is_ok`, how to mend it.")
