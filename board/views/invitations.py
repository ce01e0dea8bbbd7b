"""Invitations: made and taken back by owners, looked at and accepted by whoever has the link."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from board import access, queries, services
from board.api import actor_of, base_url, repeatable
from board.filters import InvitationFilter
from board.limits import INVITATIONS, LINKS
from board.models import Invitation
from board.representations import Json, membership_body
from board.schema import (
    LINK_ERRORS,
    NOT_AN_OWNER,
    InvitationSeenSerializer,
    NewInvitationSerializer,
)
from board.serializers import InvitationSerializer, LinkTokenSerializer, MembershipSerializer
from board.views.base import BoardViewSet


@extend_schema_view(
    list=extend_schema(responses={200: InvitationSerializer(many=True), 403: NOT_AN_OWNER}),
    retrieve=extend_schema(responses={200: InvitationSerializer, 403: NOT_AN_OWNER}),
)
class InvitationViewSet(BoardViewSet):
    """Invitations to the projects that one owns."""

    queryset = Invitation.objects.none()
    serializer_class = InvitationSerializer
    filterset_class = InvitationFilter
    limits = {"create": INVITATIONS, "look": LINKS, "accept": LINKS}
    _link: str | None = None

    def get_queryset(self) -> QuerySet[Invitation]:
        find = access.visible_invitations if self.detail else access.owned_invitations
        return find(self.user).order_by("-id")

    def get_object(self) -> Invitation:
        invitation: Invitation = super().get_object()
        access.ensure_owner(self.user, invitation.project_id)
        return invitation

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Invitations to the projects that one owns, the newest first."""
        response = super().list(request, *args, **kwargs)
        if project := request.query_params.get("project"):
            access.ensure_owner(self.user, int(project))
        return response

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Put the link in, last: a kept answer to a repeated write must not hold it."""
        if response.status_code == status.HTTP_201_CREATED:
            response.data = {**(response.data or {}), "link": self._link}
        return super().finalize_response(request, response, *args, **kwargs)

    @extend_schema(responses={201: NewInvitationSerializer})
    @repeatable
    def create(self, request: Request) -> Response:
        """Invite whoever comes by the link, which is told this once, and mailed if one likes."""
        given = self.given()
        access.ensure_managed(self.user, given["project"])
        invitation, self._link = services.create_invitation(
            actor=actor_of(request), origin=base_url(request), **given
        )
        return Response(self.present(invitation), status=status.HTTP_201_CREATED)

    @repeatable
    def destroy(self, request: Request, pk: str) -> Response:
        """Take an invitation back; it stays listed."""
        services.revoke_invitation(invitation=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        request=LinkTokenSerializer, responses={200: InvitationSeenSerializer} | LINK_ERRORS
    )
    @action(
        detail=False, methods=["post"], authentication_classes=[], permission_classes=[AllowAny]
    )
    def look(self, request: Request) -> Response:
        """What the invitation is to; this browser may sign up then."""
        invitation = queries.invitation_of(_token(request))
        access.remember_invitation(request, invitation)
        return Response(_seen_body(invitation))

    @extend_schema(request=LinkTokenSerializer, responses={200: MembershipSerializer} | LINK_ERRORS)
    @action(detail=False, methods=["post"])
    @repeatable
    def accept(self, request: Request) -> Response:
        """Come into the project."""
        membership = services.accept_invitation(actor=actor_of(request), token=_token(request))
        return Response(membership_body(membership, base_url(request)))


def _token(request: Request) -> str:
    serializer = LinkTokenSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    token: str = serializer.validated_data["token"]
    return token


def _seen_body(invitation: Invitation) -> Json:
    inviter = invitation.created_by
    return {
        "project": {"key": invitation.project.key, "name": invitation.project.name},
        "role": invitation.role,
        "email": invitation.email,
        "invited_by": inviter.get_full_name() or inviter.username,
        "expires_at": invitation.expires_at.isoformat(),
    }
