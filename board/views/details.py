"""Comments and checklist items: what an open task shows beside its fields."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from board import access, services
from board.api import actor_of, if_match, repeatable
from board.detail_serializers import ChecklistItemSerializer, CommentSerializer
from board.filters import ChecklistItemFilter, CommentFilter
from board.models import ChecklistItem, Comment, Task
from board.representations import Json
from board.views.base import PRECONDITION, BoardViewSet


class DetailViewSet(BoardViewSet):
    """Objects that belong to a task: seen and changed by those who see and change the task."""

    def given_with_task(self) -> tuple[Task, Json]:
        """The task that a new object belongs to, and its other fields."""
        given = self.given()
        task: Task = given.pop("task")
        access.ensure_writer(access.own_role(task), task.project)
        return task, given

    def writable(self) -> Any:
        """The object as it is before the locks."""
        detail: Any = get_object_or_404(self.get_queryset(), **self.kwargs)
        access.ensure_writer(access.own_role(detail), detail.task.project)
        return detail


@extend_schema_view(
    destroy=extend_schema(parameters=[PRECONDITION]),
    partial_update=extend_schema(parameters=[PRECONDITION]),
)
class CommentViewSet(DetailViewSet):
    """Comments on tasks, the oldest first."""

    queryset = Comment.objects.none()
    serializer_class = CommentSerializer
    filterset_class = CommentFilter

    def get_queryset(self) -> QuerySet[Comment]:
        return access.visible_details(self.user, Comment).select_related("author")

    @repeatable
    def create(self, request: Request) -> Response:
        """Write a comment below a task."""
        task, given = self.given_with_task()
        comment = services.create_comment(actor=actor_of(request), task=task, **given)
        return Response(self.present(comment), status=status.HTTP_201_CREATED)

    @repeatable
    def partial_update(self, request: Request, pk: str) -> Response:
        """Say it in other words: for its author alone."""
        comment = self.writable()
        access.ensure_author(self.user, comment.author)
        comment = services.update_comment(
            actor=actor_of(request),
            comment=comment,
            text=self.given(comment).get("text", comment.text),
            if_match=if_match(request),
        )
        return Response(self.present(comment))

    @repeatable
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a comment away: for its author and for owners of the project."""
        comment = self.writable()
        access.ensure_author_or_owner(self.user, comment.author, access.own_role(comment))
        services.delete_comment(
            actor=actor_of(request), comment=comment, if_match=if_match(request)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema_view(
    destroy=extend_schema(parameters=[PRECONDITION]),
    partial_update=extend_schema(parameters=[PRECONDITION]),
)
class ChecklistItemViewSet(DetailViewSet):
    """The steps of tasks, in their order."""

    queryset = ChecklistItem.objects.none()
    serializer_class = ChecklistItemSerializer
    filterset_class = ChecklistItemFilter

    def get_queryset(self) -> QuerySet[ChecklistItem]:
        return access.visible_details(self.user, ChecklistItem)

    @repeatable
    def create(self, request: Request) -> Response:
        """Add a step to a task, at the end unless told otherwise."""
        task, given = self.given_with_task()
        item = services.create_checklist_item(actor=actor_of(request), task=task, given=given)
        return Response(self.present(item), status=status.HTTP_201_CREATED)

    @repeatable
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change, tick or move a step."""
        item = self.writable()
        item = services.update_checklist_item(
            actor=actor_of(request),
            item=item,
            given=self.given(item),
            if_match=if_match(request),
        )
        return Response(self.present(item))

    @repeatable
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a step away."""
        services.delete_checklist_item(
            actor=actor_of(request), item=self.writable(), if_match=if_match(request)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
