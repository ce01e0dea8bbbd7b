"""Where a client begins: the links to follow."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from board.api import base_url


class RootView(APIView):
    """Where a client begins: follow these links."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string"}}})
    def get(self, request: Request) -> Response:
        names = (
            "attachments",
            "checklist-items",
            "comments",
            "doctor",
            "invitations",
            "labels",
            "me",
            "memberships",
            "projects",
            "schema",
            "sprints",
            "tasks",
            "token",
            "tokens",
            "users",
        )
        return Response({name: f"{base_url(request)}/api/{name}/" for name in names})
