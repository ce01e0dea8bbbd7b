"""Where a client begins: the links to follow, and a token to follow them with."""

from drf_spectacular.utils import (
    extend_schema,
)
from knox.models import get_token_model
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from board.api import base_url
from board.schema import (
    TokenSerializer,
)


class TokenView(APIView):
    """Trade a username and password for a token that lives 90 days."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=AuthTokenSerializer, responses=TokenSerializer)
    def post(self, request: Request) -> Response:
        serializer = AuthTokenSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        token, secret = get_token_model().objects.create(user=serializer.validated_data["user"])
        return Response({"token": secret, "expiry": token.expiry})


class RootView(APIView):
    """Where a client begins: follow these links."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string"}}})
    def get(self, request: Request) -> Response:
        names = (
            "doctor",
            "me",
            "memberships",
            "projects",
            "schema",
            "sprints",
            "tasks",
            "token",
            "users",
        )
        return Response({name: f"{base_url(request)}/api/{name}/" for name in names})
