"""Filters of the lists. An id that is hidden and one that does not exist answer the same 400."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import BooleanFilter, FilterSet
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request

from board import access
from board.models import (
    Attachment,
    ChecklistItem,
    Comment,
    Invitation,
    Label,
    Membership,
    Project,
    Sprint,
    Status,
    Task,
)


class VisibleProjectFilter(django_filters.ModelChoiceFilter):
    def get_queryset(self, request: Request) -> QuerySet[Project]:
        return access.visible_projects(access.requester(request))


class VisibleSprintFilter(django_filters.ModelChoiceFilter):
    def get_queryset(self, request: Request) -> QuerySet[Sprint]:
        return access.visible_sprints(access.requester(request))


class VisibleTaskFilter(django_filters.ModelChoiceFilter):
    def get_queryset(self, request: Request) -> QuerySet[Task]:
        return access.visible_tasks(access.requester(request))


class VisibleLabelFilter(django_filters.ModelChoiceFilter):
    def get_queryset(self, request: Request) -> QuerySet[Label]:
        return access.visible_labels(access.requester(request))


class TrueOrFalseFilter(django_filters.TypedChoiceFilter):
    """Anything but the two is a 400, where BooleanFilter would list everything."""

    def __init__(self, **kwargs: Any) -> None:
        words = ("True", "true", "False", "false")
        choices = [(word, word) for word in words]
        super().__init__(choices=choices, coerce=lambda word: word.lower() == "true", **kwargs)


class StableOrderingFilter(OrderingFilter):
    """Ordering in which ties are broken by id, so that pages neither repeat nor miss rows."""

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        ordering = super().get_ordering(request, queryset, view)
        return [*ordering, "id"] if ordering else ordering


class ProjectFilter(FilterSet):
    archived = BooleanFilter(
        field_name="archived_at", label="Whether archived projects are listed, too."
    )

    class Meta:
        model = Project
        fields = ["archived"]

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.form.cleaned_data["archived"]:
            return queryset
        return queryset.filter(archived_at__isnull=True)


class InvitationFilter(FilterSet):
    project = VisibleProjectFilter()

    class Meta:
        model = Invitation
        fields = ["project"]


class MembershipFilter(FilterSet):
    project = VisibleProjectFilter()

    class Meta:
        model = Membership
        fields = ["project"]


class LabelFilter(FilterSet):
    project = VisibleProjectFilter()

    class Meta:
        model = Label
        fields = ["project"]


class SprintFilter(FilterSet):
    project = VisibleProjectFilter()
    end_min = django_filters.DateFilter(field_name="end", lookup_expr="gte")
    end_max = django_filters.DateFilter(field_name="end", lookup_expr="lte")

    class Meta:
        model = Sprint
        fields = ["project", "end_min", "end_max"]


class TaskFilter(FilterSet):
    project = VisibleProjectFilter()
    sprint = VisibleSprintFilter()
    status = django_filters.ChoiceFilter(choices=Status.choices)
    assigned = django_filters.CharFilter(field_name="assigned__username")
    label = VisibleLabelFilter(field_name="task_labels__label")
    is_blocked = TrueOrFalseFilter()
    backlog = TrueOrFalseFilter(field_name="sprint", lookup_expr="isnull")

    class Meta:
        model = Task
        fields = ["project", "sprint", "status", "assigned", "label", "is_blocked", "backlog"]


class CommentFilter(FilterSet):
    task = VisibleTaskFilter()

    class Meta:
        model = Comment
        fields = ["task"]


class ChecklistItemFilter(FilterSet):
    task = VisibleTaskFilter()

    class Meta:
        model = ChecklistItem
        fields = ["task"]


class AttachmentFilter(FilterSet):
    task = VisibleTaskFilter()

    class Meta:
        model = Attachment
        fields = ["task"]
