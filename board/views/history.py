"""What has been done, and taking it back."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from board import access, history, services
from board.api import actor_of, base_url, repeatable
from board.entries import Entry
from board.models import Project
from board.representations import task_body
from board.schema import ChangedSinceSerializer, ProblemSerializer, UndoneSerializer


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
