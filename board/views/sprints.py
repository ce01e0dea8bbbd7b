"""Sprints, their boards and their tickets."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
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
from board.api import (
    actor_of,
    base_url,
    etag_of,
    has_already,
    if_match,
    repeatable,
    uncached,
)
from board.filters import SprintFilter
from board.limits import BOARDS
from board.models import Project, Sprint
from board.representations import (
    Json,
    card_bodies,
    label_body,
    membership_body,
    project_body,
    sprint_body,
)
from board.schema import (
    BoardSerializer,
    TicketSerializer,
)
from board.serializers import (
    SprintSerializer,
)
from board.tickets import channel_url
from board.transactions import consistent_read
from board.views.base import PRECONDITION, BoardViewSet


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

    queryset = Sprint.objects.none()
    serializer_class = SprintSerializer
    filterset_class = SprintFilter
    search_fields = ["name"]
    ordering_fields = ["end", "name"]
    limits = {"board": BOARDS, "ticket": BOARDS}

    def get_queryset(self) -> QuerySet[Sprint]:
        return access.visible_sprints(self.user).select_related("project").order_by("end", "id")

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
        if not sprints:
            return
        grants = access.grants_of(self.user)
        for body in sprints:
            body["links"]["channel"] = channel_url(
                self.request, grants, sprint_id=body["id"], project_id=body["project"]
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
        access.ensure_writer(access.own_role(sprint), sprint.project)
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
        access.ensure_writer(access.own_role(sprint), sprint.project)
        services.delete_sprint(
            actor=actor_of(request),
            sprint=sprint,
            tasks_to_backlog=request.query_params.get("tasks") == "backlog",
            if_match=if_match(request),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=SprintSerializer)
    @action(detail=True, methods=["post"])
    @repeatable
    def close(self, request: Request, pk: str) -> Response:
        """End a sprint before its day: nothing can be added to it any more."""
        return self._set_closed(timezone.now())

    @extend_schema(request=None, responses=SprintSerializer)
    @action(detail=True, methods=["post"])
    @repeatable
    def reopen(self, request: Request, pk: str) -> Response:
        """Take back that a sprint was closed."""
        return self._set_closed(None)

    def _set_closed(self, closed_at: datetime | None) -> Response:
        sprint = self.get_object()
        access.ensure_writer(access.own_role(sprint), sprint.project)
        if (sprint.closed_at is None) != (closed_at is None):
            sprint = services.update_sprint(
                actor=actor_of(self.request), sprint=sprint, given={"closed_at": closed_at}
            )
        return Response(self.present(sprint))

    @extend_schema(responses={200: BoardSerializer, 304: None})
    @method_decorator(gzip_page)
    @action(detail=True)
    def board(self, request: Request, pk: str) -> Response:
        """All that a board page needs, with the positions from which its events follow."""
        with consistent_read(), without_collections():
            sprint = self.get_object()
            channels = queries.board_positions(sprint)
            etag = _board_etag(self.user, access.own_role(sprint), sprint.project, channels)
            if has_already(request, etag):
                return uncached(Response(status=status.HTTP_304_NOT_MODIFIED), etag)
            body = board_body(queries.board(sprint=sprint, channels=channels), base_url(request))
        return uncached(Response(body), etag)

    @extend_schema(request=None, responses=TicketSerializer)
    @action(detail=True, methods=["post"])
    def ticket(self, request: Request, pk: str) -> Response:
        """A websocket URL with a fresh ticket."""
        sprint = self.get_object()
        grants = access.grants_of(self.user)
        url = channel_url(request, grants, sprint_id=sprint.pk, project_id=sprint.project_id)
        if url is None:
            raise Http404
        return Response({"channel": url})


@contextmanager
def without_collections() -> Iterator[None]:
    """Keep Python from searching thousands of new objects for cycles: a board has none.

    Each search goes through all objects of the process. Where threads overlap in here, the first
    that came ends the pause for all.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def board_body(board: queries.Board, base: str) -> Json:
    project = board.sprint.project
    return {
        "sprint": sprint_body(board.sprint, base),
        "project": project_body(project, base),
        "tasks": card_bodies(board.tasks, board.card_labels, project, base),
        "backlog": card_bodies(board.backlog, board.card_labels, project, base),
        "labels": [label_body(label, base) for label in board.labels],
        "members": [membership_body(member, base) for member in board.members],
        "channels": board.channels,
        "today": board.today.isoformat(),
        "role": board.role,
    }


def _board_etag(user: User, role: Any, project: Project, channels: Json) -> str:
    return etag_of(user.pk, str(role), project.today(), settings.VERSION, sorted(channels.items()))
