"""Projects and who is in them."""

from django.db.models import QuerySet
from drf_spectacular.utils import (
    extend_schema,
)
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from board import access, queries, services
from board.api import actor_of, if_match, repeatable
from board.filters import MembershipFilter
from board.models import Membership, Project, Role
from board.schema import PROGRESS
from board.serializers import (
    MembershipSerializer,
    ProjectSerializer,
)
from board.views.base import BoardViewSet


class ProjectViewSet(BoardViewSet):
    """The projects that one is in."""

    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    search_fields = ["name", "key"]
    ordering_fields = ["name", "key"]

    def get_queryset(self) -> QuerySet[Project]:
        return access.visible_projects(self.user).order_by("name", "id")

    @repeatable
    def create(self, request: Request) -> Response:
        """Make a project, and own it."""
        project = services.create_project(actor=actor_of(request), given=self.given())
        return Response(self.present(project), status=status.HTTP_201_CREATED)

    def update(self, request: Request, pk: str) -> Response:
        """Change the name or the time zone; owners only."""
        return self.partial_update(request, pk)

    @repeatable
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the name or the time zone; owners only."""
        project = self.get_object()
        access.ensure_owner(self.user, project.pk)
        given = self.given(project)
        given.pop("key", None)
        project = services.update_project(
            actor=actor_of(request), project=project, given=given, if_match=if_match(request)
        )
        return Response(self.present(project))

    @extend_schema(responses={200: PROGRESS})
    @action(detail=True)
    def progress(self, request: Request, pk: str) -> Response:
        """Tasks and story points, in all and done, of each sprint that has tasks, by its id."""
        return Response(queries.sprint_progress(self.get_object()))


class MembershipViewSet(BoardViewSet):
    """Who is in one's projects, and as what."""

    queryset = Membership.objects.none()
    serializer_class = MembershipSerializer
    filterset_class = MembershipFilter

    def get_queryset(self) -> QuerySet[Membership]:
        return access.visible_memberships(self.user).order_by("id")

    def update(self, request: Request, pk: str) -> Response:
        """Change the role; owners only."""
        return self.partial_update(request, pk)

    @repeatable
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the role; owners only."""
        membership = self.get_object()
        access.ensure_owner(self.user, membership.project_id)
        role = Role(self.given(membership).get("role", membership.role))
        membership = services.change_role(
            actor=actor_of(request), membership=membership, role=role, if_match=if_match(request)
        )
        return Response(self.present(membership))

    @repeatable
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove somebody (owners only), or leave."""
        membership = self.get_object()
        if membership.user_id != self.user.pk:
            access.ensure_owner(self.user, membership.project_id)
        services.remove_member(
            actor=actor_of(request), membership=membership, if_match=if_match(request)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
