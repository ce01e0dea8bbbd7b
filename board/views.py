"""HTTP in, HTTP out: parse, ask ``access``, call a service or a query, answer."""

import hashlib
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.utils.http import parse_etags
from django.views.decorators.gzip import gzip_page
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from knox.models import get_token_model
from rest_framework import mixins, status
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from board import access, queries, services
from board.api import actor_of, base_url, if_match, repeatable
from board.filters import MembershipFilter, SprintFilter, TaskFilter
from board.models import Membership, Project, Role, Sprint, Task
from board.representations import Json, card_body, membership_body, project_body, sprint_body
from board.schema import (
    BoardSerializer,
    MeSerializer,
    MoveRefusedSerializer,
    ProgressSerializer,
    TicketSerializer,
    TokenSerializer,
)
from board.serializers import (
    MembershipSerializer,
    MoveSerializer,
    ProjectSerializer,
    SprintSerializer,
    TaskSerializer,
    UserSerializer,
)
from board.tickets import channel_url

PRECONDITION = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description='The version to change, such as "3".'
)


class BoardViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Any]):
    """Lists and single objects; single ones carry their version as ETag."""

    lookup_value_regex = "[^/]+"
    ordering_fields: ClassVar[list[str]] = []

    def given(self, instance: Any = None) -> Json:
        """The checked fields of the request; for a change only those that it has."""
        serializer = self.get_serializer(
            instance, data=self.request.data, partial=instance is not None
        )
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def present(self, instance: Any) -> Json:
        return dict(self.get_serializer(instance).data)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code < 300 and _is_versioned(getattr(response, "data", None)):
            response["ETag"] = f'"{response.data["version"]}"'
        return response

    def project_named(self, given: Json) -> Project:
        """The project of a new object: the named one, its sprint's, or the default one."""
        sprint = given.get("sprint")
        project = given.pop("project", None)
        project = project or (sprint and sprint.project) or queries.default_project(_user(self))
        if project is None:
            raise ValidationError({"project": ["You are not in a project yet; name one."]})
        access.ensure_writer(_user(self), project.pk)
        return project


def _user(view: Any) -> User:
    user: User = view.request.user
    return user


def _is_versioned(data: Any) -> bool:
    return isinstance(data, dict) and "version" in data


class ProjectViewSet(BoardViewSet):
    """The projects that one is in."""

    serializer_class = ProjectSerializer
    search_fields = ["name", "key"]
    ordering_fields = ["name", "key"]

    def get_queryset(self) -> QuerySet[Project]:
        return access.visible_projects(_user(self)).order_by("name", "id")

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
        access.ensure_owner(_user(self), project.pk)
        given = self.given(project)
        given.pop("key", None)
        project = services.update_project(actor=actor_of(request), project=project, given=given)
        return Response(self.present(project))

    @extend_schema(responses=ProgressSerializer)
    @action(detail=True)
    def progress(self, request: Request, pk: str) -> Response:
        """Tasks and story points, in all and done, of each sprint that has tasks, by its id."""
        return Response(queries.sprint_progress(self.get_object()))


class MembershipViewSet(BoardViewSet):
    """Who is in one's projects, and as what."""

    serializer_class = MembershipSerializer
    filterset_class = MembershipFilter

    def get_queryset(self) -> QuerySet[Membership]:
        return access.visible_memberships(_user(self)).order_by("id")

    def update(self, request: Request, pk: str) -> Response:
        """Change the role; owners only."""
        return self.partial_update(request, pk)

    @repeatable
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the role; owners only."""
        membership = self.get_object()
        access.ensure_owner(_user(self), membership.project_id)
        role = Role(self.given(membership).get("role", membership.role))
        membership = services.change_role(actor=actor_of(request), membership=membership, role=role)
        return Response(self.present(membership))

    @repeatable
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove somebody (owners only), or leave."""
        membership = self.get_object()
        if membership.user_id != _user(self).pk:
            access.ensure_owner(_user(self), membership.project_id)
        services.remove_member(actor=actor_of(request), membership=membership)
        return Response(status=status.HTTP_204_NO_CONTENT)


class UserViewSet(BoardViewSet):
    """The people with whom one shares a project."""

    serializer_class = UserSerializer
    lookup_field = "username"
    search_fields = ["username", "first_name", "last_name"]
    ordering_fields = ["username"]

    def get_queryset(self) -> QuerySet[User]:
        return access.visible_users(_user(self)).order_by("username")


@extend_schema_view(
    destroy=extend_schema(
        parameters=[
            PRECONDITION,
            OpenApiParameter("tasks", str, enum=["backlog"], description="What becomes of tasks."),
        ]
    ),
    update=extend_schema(parameters=[PRECONDITION]),
    partial_update=extend_schema(parameters=[PRECONDITION]),
)
class SprintViewSet(BoardViewSet):
    """Sprints: `links.tasks` lists a sprint's tasks, `links.channel` is its websocket."""

    serializer_class = SprintSerializer
    filterset_class = SprintFilter
    search_fields = ["name"]
    ordering_fields = ["end", "name"]

    def get_queryset(self) -> QuerySet[Sprint]:
        return access.visible_sprints(_user(self)).select_related("project").order_by("end", "id")

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Put fresh tickets in, last: a kept answer to a repeated write must not hold one."""
        data = getattr(response, "data", None)
        if isinstance(data, dict) and response.status_code < 300:
            self._add_channels([*data.get("results", []), data])
        return super().finalize_response(request, response, *args, **kwargs)

    def _add_channels(self, bodies: list[Json]) -> None:
        sprints = [body for body in bodies if "end" in body and "links" in body]
        roles = access.roles_of(_user(self)) if sprints else {}
        for body in sprints:
            body["links"]["channel"] = channel_url(
                self.request,
                sprint_id=body["id"],
                project_id=body["project"],
                role=roles[body["project"]],
            )

    @repeatable
    def create(self, request: Request) -> Response:
        """Plan a sprint; `name` and `end` are enough."""
        given = self.given()
        project = self.project_named(given)
        sprint = services.create_sprint(actor=actor_of(request), project=project, given=given)
        return Response(self.present(sprint), status=status.HTTP_201_CREATED)

    def update(self, request: Request, pk: str) -> Response:
        """Change a sprint; takes back what a GET gave."""
        return self.partial_update(request, pk)

    @repeatable
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some fields of a sprint."""
        sprint = self.get_object()
        access.ensure_writer(_user(self), sprint.project_id)
        given = self.given(sprint)
        given.pop("project", None)
        sprint = services.update_sprint(
            actor=actor_of(request), sprint=sprint, given=given, if_match=if_match(request)
        )
        return Response(self.present(sprint))

    @repeatable
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a sprint; with tasks only by `?tasks=backlog`."""
        sprint = self.get_object()
        access.ensure_writer(_user(self), sprint.project_id)
        services.delete_sprint(
            actor=actor_of(request),
            sprint=sprint,
            tasks_to_backlog=request.query_params.get("tasks") == "backlog",
            if_match=if_match(request),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses={200: BoardSerializer, 304: None})
    @method_decorator(gzip_page)
    @action(detail=True)
    def board(self, request: Request, pk: str) -> Response:
        """All that a board page needs, with the positions from which its events follow."""
        sprint = self.get_object()
        user = _user(self)
        role = access.role_in(user, sprint.project_id)
        etag = _board_etag(user, role, sprint.project, queries.board_positions(sprint))
        if _has_already(request, etag):
            return _uncached(Response(status=status.HTTP_304_NOT_MODIFIED), etag)
        board = queries.board(sprint_id=sprint.pk, user=user)
        etag = _board_etag(user, board.role, board.sprint.project, board.channels)
        return _uncached(Response(board_body(board, base_url(request))), etag)

    @extend_schema(request=None, responses=TicketSerializer)
    @action(detail=True, methods=["post"])
    def ticket(self, request: Request, pk: str) -> Response:
        """A websocket URL with a fresh ticket."""
        sprint = self.get_object()
        role = access.roles_of(_user(self))[sprint.project_id]
        url = channel_url(request, sprint_id=sprint.pk, project_id=sprint.project_id, role=role)
        return Response({"channel": url})


def board_body(board: queries.Board, base: str) -> Json:
    return {
        "sprint": sprint_body(board.sprint, base),
        "project": project_body(board.sprint.project, base),
        "tasks": [card_body(task, base) for task in board.tasks],
        "backlog": [card_body(task, base) for task in board.backlog],
        "members": [membership_body(member, base) for member in board.members],
        "channels": board.channels,
        "today": board.today.isoformat(),
        "role": board.role,
    }


def _has_already(request: Request, etag: str) -> bool:
    """Compare weakly, as RFC 9110 asks here: compression makes a strong tag a weak one."""
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return etag in (tag.removeprefix("W/") for tag in known)


def _board_etag(user: User, role: Any, project: Project, channels: Json) -> str:
    seen = (user.pk, str(role), project.today(), settings.VERSION, sorted(channels.items()))
    return f'"{hashlib.sha256(repr(seen).encode()).hexdigest()[:32]}"'


def _uncached(response: Response, etag: str) -> Response:
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


@extend_schema_view(
    destroy=extend_schema(parameters=[PRECONDITION]),
    update=extend_schema(parameters=[PRECONDITION]),
    partial_update=extend_schema(parameters=[PRECONDITION]),
)
class TaskViewSet(BoardViewSet):
    """Tasks: on a sprint's board, or in the backlog where `sprint` is null."""

    serializer_class = TaskSerializer
    filterset_class = TaskFilter
    search_fields = ["name", "description"]
    ordering_fields = ["name", "order", "started", "due", "completed"]

    def get_queryset(self) -> QuerySet[Task]:
        return access.visible_tasks(_user(self)).order_by("order", "id")

    @repeatable
    def create(self, request: Request) -> Response:
        """Add a task at the end of its column; `name` is enough."""
        given = self.given()
        project = self.project_named(given)
        task = services.create_task(actor=actor_of(request), project=project, given=given)
        return Response(self.present(task), status=status.HTTP_201_CREATED)

    @repeatable
    def update(self, request: Request, pk: str) -> Response:
        """Change a task; takes back what a GET gave."""
        return self._change(request, is_whole=True)

    @repeatable
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change some fields of a task."""
        return self._change(request, is_whole=False)

    def _change(self, request: Request, *, is_whole: bool) -> Response:
        task = self._writable_task()
        given = self.given(task)
        given.pop("project", None)
        task = services.update_task(
            actor=actor_of(request),
            task=task,
            given=given,
            if_match=if_match(request),
            is_whole=is_whole,
        )
        return Response(self.present(task))

    @repeatable
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a task."""
        task = self._writable_task()
        services.delete_task(actor=actor_of(request), task=task, if_match=if_match(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        request=MoveSerializer,
        responses={200: TaskSerializer, 409: OpenApiResponse(MoveRefusedSerializer)},
    )
    @action(detail=True, methods=["post"])
    @repeatable
    def move(self, request: Request, pk: str) -> Response:
        """Put a task next to another one, or at the end of a column, in one step."""
        task = self._writable_task()
        serializer = MoveSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        place = dict(serializer.validated_data)
        task = services.move_task(
            actor=actor_of(request),
            task=task,
            before=place.pop("before", None),
            after=place.pop("after", None),
            version=place.pop("version", None),
            given=place,
        )
        return Response(self.present(task))

    def _writable_task(self) -> Task:
        task: Task = self.get_object()
        access.ensure_writer(_user(self), task.project_id)
        return task


class MeView(APIView):
    """The person who asks: their projects, roles, and default project."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(_me_body(request))

    @extend_schema(request=MeSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Choose the default project."""
        project = get_object_or_404(
            access.visible_projects(request.user), pk=_project_id(request.data)
        )
        services.choose_default_project(user=request.user, project=project)
        return Response(_me_body(request))


def _project_id(data: Any) -> int:
    value = data.get("default_project") if isinstance(data, dict) else None
    if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
        return int(value)
    raise ValidationError({"default_project": ["Give the id of one of your projects."]})


def _me_body(request: Request) -> Json:
    user: User = request.user
    base = base_url(request)
    default = queries.default_project(user)
    memberships = user.memberships.select_related("project").order_by("id")
    return {
        "id": user.pk,
        "username": user.username,
        "full_name": user.get_full_name() or user.username,
        "is_staff": user.is_staff,
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
        "links": {"self": f"{base}/api/me/", "user": f"{base}/api/users/{user.username}/"},
    }


class TokenView(APIView):
    """Trade a username and password for a token that lives 90 days."""

    authentication_classes: ClassVar[list[Any]] = []
    permission_classes = [AllowAny]

    @extend_schema(request=AuthTokenSerializer, responses=TokenSerializer)
    def post(self, request: Request) -> Response:
        serializer = AuthTokenSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        token, secret = get_token_model().objects.create(user=serializer.validated_data["user"])
        return Response({"token": secret, "expiry": token.expiry})


class RootView(APIView):
    """Where a client begins: follow these links."""

    authentication_classes: ClassVar[list[Any]] = []
    permission_classes = [AllowAny]

    @extend_schema(responses={200: {"type": "object", "additionalProperties": {"type": "string"}}})
    def get(self, request: Request) -> Response:
        names = ("me", "memberships", "projects", "schema", "sprints", "tasks", "token", "users")
        return Response({name: f"{base_url(request)}/api/{name}/" for name in names})
