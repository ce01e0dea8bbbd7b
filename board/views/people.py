"""The people around one, and oneself."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from drf_spectacular.utils import (
    extend_schema,
)
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from board import access, queries, services
from board.api import actor_of, base_url
from board.avatars import square_picture
from board.limits import UPLOADS
from board.negotiation import WhateverIsAccepted
from board.representations import Json, avatar_link, picture_of, project_body
from board.schema import (
    MeSerializer,
)
from board.serializers import PictureSerializer, UserSerializer
from board.views.avatars import AVATAR, avatar_of
from board.views.base import BoardViewSet


class UserViewSet(BoardViewSet):
    """The people with whom one shares a project."""

    queryset = User.objects.none()
    serializer_class = UserSerializer
    lookup_field = "username"
    search_fields = ["username", "first_name", "last_name"]
    ordering_fields = ["username"]

    def get_queryset(self) -> QuerySet[User]:
        return access.visible_users(self.user).select_related("profile").order_by("username")

    @extend_schema(**AVATAR)
    @action(detail=True, content_negotiation_class=WhateverIsAccepted)
    def avatar(self, request: Request, username: str) -> HttpResponse:
        """The person's picture, or their initials on a colour of their own."""
        return avatar_of(self.get_object(), request)


class MeView(APIView):
    """The person who asks: their projects, roles, and default project."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(_me_body(request))

    @extend_schema(request=MeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Choose the default project."""
        user = access.requester(request)
        project = get_object_or_404(access.visible_projects(user), pk=_project_id(request.data))
        services.choose_default_project(user=user, project=project)
        return Response(_me_body(request))


class OwnPictureView(APIView):
    """The picture by which one is known."""

    parser_classes = (MultiPartParser,)
    limits = {"put": UPLOADS}

    @extend_schema(request={"multipart/form-data": PictureSerializer}, responses=MeSerializer)
    def put(self, request: Request) -> Response:
        """Upload a picture; the middle square of it is kept."""
        serializer = PictureSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        picture = square_picture(serializer.validated_data["file"])
        services.set_picture(actor=actor_of(request), picture=picture)
        return Response(_me_body(request))

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Be known by one's initials again."""
        services.remove_picture(actor=actor_of(request))
        return Response(status=204)


def _project_id(data: Any) -> int:
    value = data.get("default_project") if isinstance(data, dict) else None
    if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
        return int(value)
    raise ValidationError({"default_project": [gettext("Give the id of one of your projects.")]})


def _me_body(request: Request) -> Json:
    user = access.requester(request)
    base = base_url(request)
    default = queries.default_project(user)
    memberships = user.memberships.select_related("project").order_by("id")
    return {
        "id": user.pk,
        "username": user.username,
        "full_name": user.get_full_name() or user.username,
        "is_staff": user.is_staff,
        "picture": picture_of(user),
        "default_project": default.pk if default else None,
        "memberships": [
            {
                "id": membership.pk,
                "role": membership.role,
                "version": membership.version,
                "project": project_body(membership.project, base),
            }
            for membership in memberships
        ],
        "links": {
            "self": f"{base}/api/me/",
            "user": f"{base}/api/users/{user.username}/",
            "avatar": avatar_link(user, base),
            "picture": f"{base}/api/me/picture/",
        },
    }
