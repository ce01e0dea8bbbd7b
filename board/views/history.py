"""What has been done, what is new in it, and taking it back."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from board import access, history, services
from board.api import actor_of, base_url, repeatable
from board.entries import Entry
from board.history_bodies import change_bodies
from board.history_serializers import (
    ActivityQuerySerializer,
    ChangedSinceSerializer,
    DaysSerializer,
    HistoryChangeSerializer,
    NewsSerializer,
    SeenSerializer,
    UndoneSerializer,
)
from board.models import Event, Project, Sprint, Task
from board.representations import task_body
from board.schema import ProblemSerializer


class HistoryView(GenericAPIView[Any]):
    """Pages of changes, the newest first."""

    serializer_class = HistoryChangeSerializer
    filter_backends = ()

    @property
    def user(self) -> User:
        return access.requester(self.request)

    def answer(self, events: QuerySet[Event], *, may_write: bool) -> Response:
        """A page of the changes that ``events`` are of."""
        page = self.paginate_queryset(history.changes_in(events)) or ()
        changes = [row["change"] for row in page]
        return self.get_paginated_response(
            change_bodies(changes, events, self.user, may_write=may_write)
        )


class TaskHistoryView(HistoryView):
    queryset = Task.objects.none()

    @extend_schema(responses=HistoryChangeSerializer(many=True))
    def get(self, request: Request, pk: str) -> Response:
        """All that was done to a task and to what belongs to it."""
        task = get_object_or_404(access.visible_tasks(self.user), pk=pk)
        may_write = access.may_write(access.own_role(task), task.project)
        return self.answer(history.task_events(task), may_write=may_write)


class ActivityView(HistoryView):
    queryset = Project.objects.none()

    @extend_schema(
        parameters=[ActivityQuerySerializer], responses=HistoryChangeSerializer(many=True)
    )
    def get(self, request: Request, pk: str) -> Response:
        """What was done in a project on a day, by the project's own midnights."""
        project = get_object_or_404(access.visible_projects(self.user), pk=pk)
        query = ActivityQuerySerializer(
            data=request.query_params, context={"request": request, "project": project}
        )
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        events = history.day_events(
            project, asked.get("day") or project.today(), asked.get("sprint")
        )
        role = access.role_in(self.user, project.pk)
        return self.answer(events, may_write=access.may_write(role, project))


class ActivityDaysView(GenericAPIView[Any]):
    queryset = Project.objects.none()

    @extend_schema(responses=DaysSerializer)
    def get(self, request: Request, pk: str) -> Response:
        """The days of about a year on which something was done in a project."""
        visible = access.visible_projects(access.requester(request))
        return Response({"days": history.active_days(get_object_or_404(visible, pk=pk))})


class NewsView(GenericAPIView[Any]):
    queryset = Sprint.objects.none()

    @extend_schema(responses=NewsSerializer)
    def get(self, request: Request, pk: str) -> Response:
        """What others have done on a board since one has last seen it."""
        user = access.requester(request)
        sprint = _visible_sprint(user, pk)
        news = history.news(user, sprint)
        newest = history.changes_in(news.events)[: history.MOST_TOLD]
        changes = [row["change"] for row in newest]
        return Response(
            {
                "seen_at": news.seen_at,
                "count": news.count,
                "tasks": news.tasks,
                "changes": change_bodies(changes, news.events, user, may_write=False),
            }
        )


class SeenView(GenericAPIView[Any]):
    queryset = Sprint.objects.none()

    @extend_schema(request=SeenSerializer, responses={204: None})
    def post(self, request: Request, pk: str) -> Response:
        """Tell how far one has seen a board: what comes later is news."""
        user = access.requester(request)
        sprint = _visible_sprint(user, pk)
        seen = SeenSerializer(data=request.data)
        seen.is_valid(raise_exception=True)
        services.note_visit(user=user, sprint=sprint, positions=seen.validated_data["channels"])
        return Response(status=status.HTTP_204_NO_CONTENT)


def _visible_sprint(user: User, pk: str) -> Sprint:
    sprint: Sprint = get_object_or_404(access.visible_sprints(user), pk=pk)
    return sprint


class UndoView(APIView):
    """One change of one's own, named by the `X-Change` of the write that made it."""

    @extend_schema(
        request=None,
        responses={
            200: UndoneSerializer,
            409: OpenApiResponse(ChangedSinceSerializer, "Something has come after it."),
            410: OpenApiResponse(ProblemSerializer, "It was made too long ago."),
        },
    )
    @repeatable
    def post(self, request: Request, change: str) -> Response:
        """Take back what a change did; the answer's change can be taken back in turn."""
        actor = actor_of(request)
        entries = history.own_change(actor.user, change)
        _ensure_writable(actor.user, entries)
        tasks = services.undo_change(actor=actor, entries=entries)
        bodies = [task_body(task, base_url(request)) for task in tasks]
        return Response({"change": actor.change, "tasks": bodies})


def _ensure_writable(user: User, entries: Sequence[Entry]) -> None:
    """Raise unless the person may change all of it now, whatever they might do then."""
    if not entries:
        raise Http404
    for project in Project.objects.filter(tasks__in={entry.task for entry in entries}).distinct():
        role = access.role_in(user, project.pk)
        if role is None:
            raise Http404
        access.ensure_writer(role, project)
