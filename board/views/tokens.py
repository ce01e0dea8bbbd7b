"""API tokens: one for a password, and the list of one's own."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from knox.models import AuthToken
from rest_framework import mixins, status
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from board import services
from board.access import requester
from board.authentication import (
    ConfirmedLately,
    NotByToken,
    PasswordRefused,
    check_password,
)
from board.limits import NEW_TOKENS, PASSWORDS
from board.schema import NOT_CONFIRMED, NewTokenSerializer, TokenSerializer
from board.token_serializers import USUAL_DAYS, ApiTokenSerializer, CredentialsSerializer


class TokenView(APIView):
    """Trade a username and password for a token that lives 90 days."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    limits = {"post": PASSWORDS}

    @extend_schema(request=CredentialsSerializer, responses=TokenSerializer)
    def post(self, request: Request) -> Response:
        serializer = CredentialsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            user = check_password(request, **serializer.validated_data)
        except PasswordRefused as error:
            raise ValidationError({"non_field_errors": [str(error)]}) from error
        token, secret = services.create_token(user=user, name="By password", days=USUAL_DAYS)
        return Response({"token": secret, "expiry": token.expiry})


@extend_schema_view(
    list=extend_schema(responses={200: ApiTokenSerializer(many=True), 403: NOT_CONFIRMED}),
    retrieve=extend_schema(responses={200: ApiTokenSerializer, 403: NOT_CONFIRMED}),
)
class TokenViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[AuthToken]):
    """One's own API tokens; a token shows, makes and revokes none."""

    queryset = AuthToken.objects.none()
    serializer_class = ApiTokenSerializer
    permission_classes = (IsAuthenticated, NotByToken, ConfirmedLately)
    filter_backends = ()
    limits = {"create": NEW_TOKENS}
    lookup_field = "token_key"
    lookup_url_kwarg = "id"
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[AuthToken]:
        mine: QuerySet[AuthToken] = AuthToken.objects.filter(user=requester(self.request))
        return mine.select_related("record", "user").order_by("-created")

    @extend_schema(responses={201: NewTokenSerializer})
    def create(self, request: Request) -> Response:
        """Make a token; `token` in the answer is told this once."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        token, secret = services.create_token(
            user=requester(request), name=given["record"]["name"], days=given["days"]
        )
        body: dict[str, Any] = {**self.get_serializer(token).data, "token": secret}
        return Response(body, status=status.HTTP_201_CREATED)

    def destroy(self, request: Request, id: str) -> Response:
        """Revoke a token."""
        services.revoke_token(token=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)
