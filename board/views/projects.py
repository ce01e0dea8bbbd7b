"""Projects and who is in them."""

from django.db.models import QuerySet
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_view,
)
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from board import access, queries, services
from board.api import actor_of, if_match, repeatable
from board.filters import MembershipFilter, ProjectFilter
from board.models import Membership, Project, Role
from board.schema import PROGRESS
from board.serializers import (
    MembershipSerializer,
    ProjectSerializer,
)
from board.views.base import PRECONDITION, BoardViewSet


@extend_schema_view(
    destroy=extend_schema(
        parameters=[
            PRECONDITION,
            OpenApiParameter("confirm", str, required=True, description="The project's key."),
        ]
    ),
    update=extend_schema(parameters=[PRECONDITION]),
    partial_update=extend_schema(parameters=[PRECONDITION]),
)
class ProjectViewSet(BoardViewSet):
    """The projects that one is in."""

    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    filterset_class = ProjectFilter
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
        """Change the name, the time zone or the WIP limits; owners only."""
        return self.partial_update(request, pk)

    @repeatable
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the name, the time zone or the WIP limits; owners only."""
        project = self.get_object()
        access.ensure_managed(self.user, project)
        given = self.given(project)
        given.pop("key", None)
        project = services.update_project(
            actor=actor_of(request), project=project, given=given, if_match=if_match(request)
        )
        return Response(self.present(project))

    @repeatable
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a project and all that is in it; owners only, with its key as `?confirm=`."""
        services.delete_project(
            actor=actor_of(request),
            project=self._owned_project(),
            confirmation=request.query_params.get("confirm", ""),
            if_match=if_match(request),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=ProjectSerializer, parameters=[PRECONDITION])
    @action(detail=True, methods=["post"])
    @repeatable
    def archive(self, request: Request, pk: str) -> Response:
        """Make a project read-only for everybody, and leave it out of the list; owners only."""
        project = services.archive_project(
            actor=actor_of(request), project=self._owned_project(), if_match=if_match(request)
        )
        return Response(self.present(project))

    @extend_schema(request=None, responses=ProjectSerializer, parameters=[PRECONDITION])
    @action(detail=True, methods=["post"])
    @repeatable
    def restore(self, request: Request, pk: str) -> Response:
        """Take back that a project was archived; owners only."""
        project = services.restore_project(
            actor=actor_of(request), project=self._owned_project(), if_match=if_match(request)
        )
        return Response(self.present(project))

    def _owned_project(self) -> Project:
        project: Project = self.get_object()
        access.ensure_owner(self.user, project.pk)
        return project

    @extend_schema(responses={200: PROGRESS})
    @action(detail=True)
    def progress(self, request: Request, pk: str) -> Response:
        """Tasks and story points, in all and done, of each sprint that has tasks, by its id."""
        return Response(queries.sprint_progress(self.get_object()))


@extend_schema_view(
    destroy=extend_schema(parameters=[PRECONDITION]),
    update=extend_schema(parameters=[PRECONDITION]),
    partial_update=extend_schema(parameters=[PRECONDITION]),
)
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
        access.ensure_managed(self.user, membership.project)
        role = Role(self.given(membership).get("role", membership.role))
        membership = services.change_role(
            actor=actor_of(request), membership=membership, role=role, if_match=if_match(request)
        )
        return Response(self.present(membership))

    @extend_schema(request=None, responses=MembershipSerializer, parameters=[PRECONDITION])
    @action(detail=True, methods=["post"], url_path="hand-over")
    @repeatable
    def hand_over(self, request: Request, pk: str) -> Response:
        """Make this member the owner in one's place, and stay as a member; owners only."""
        membership = self.get_object()
        access.ensure_managed(self.user, membership.project)
        membership = services.hand_over(
            actor=actor_of(request), membership=membership, if_match=if_match(request)
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
