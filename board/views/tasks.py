"""Tasks, and moving them."""

from django.db.models import QuerySet
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from board import access, services
from board.api import actor_of, if_match, repeatable
from board.filters import TaskFilter
from board.models import Task
from board.schema import (
    MoveRefusedSerializer,
)
from board.serializers import (
    MoveSerializer,
    TaskSerializer,
)
from board.views.base import PRECONDITION, BoardViewSet


@extend_schema_view(
    destroy=extend_schema(parameters=[PRECONDITION]),
    update=extend_schema(parameters=[PRECONDITION]),
    partial_update=extend_schema(parameters=[PRECONDITION]),
)
class TaskViewSet(BoardViewSet):
    """Tasks: on a sprint's board, or in the backlog where `sprint` is null."""

    queryset = Task.objects.none()
    serializer_class = TaskSerializer
    filterset_class = TaskFilter
    search_fields = ["name", "description"]
    ordering_fields = ["name", "order", "started", "due", "completed"]

    def get_queryset(self) -> QuerySet[Task]:
        return access.visible_tasks(self.user).order_by("order", "id")

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
        serializer = MoveSerializer(task, request.data, context=self.get_serializer_context())
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
        """The task as it is before the locks: with its sprint, in which it is likely to stay."""
        visible = access.visible_tasks(self.user).select_related(None).prefetch_related(None)
        task: Task = get_object_or_404(visible.select_related("project", "sprint"), **self.kwargs)
        access.ensure_writer(access.own_role(task), task.project)
        return task
