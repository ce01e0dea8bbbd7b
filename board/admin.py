"""Django's admin: people are changed here, the domain is read-only (its writes are services)."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from knox.admin import AuthTokenAdmin
from knox.models import get_token_model

from board import services
from board.changes import Actor
from board.models import (
    Channel,
    Event,
    Invitation,
    Membership,
    Project,
    Role,
    SharedLink,
    Sprint,
    Task,
)

SHOWN_TO_OTHERS = ("first_name", "last_name", "is_active")


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows to look at: a change made here would reach no board."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    list_display = ["key", "name", "time_zone", "archived_at"]
    search_fields = ["key", "name"]


@admin.register(Sprint)
class SprintAdmin(ReadOnlyAdmin):
    list_display = ["title", "project", "end", "closed_at"]
    list_filter = ["project"]


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ["name", "project", "sprint", "status", "assigned", "deleted_at"]
    list_filter = ["project", "status"]
    list_select_related = ["project", "sprint", "assigned"]
    search_fields = ["name"]


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    list_display = ["name", "seq", "epoch", "updated_at"]


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["channel", "seq", "actor", "created_at"]
    list_select_related = ["actor"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["project", "role", "email", "status", "created_by", "accepted_by"]
    list_filter = ["project"]
    list_select_related = ["project", "created_by", "accepted_by"]


@admin.register(SharedLink)
class SharedLinkAdmin(ReadOnlyAdmin):
    """Which sprints are shared; the links themselves are for their owners."""

    list_display = ["sprint", "created_by", "created_at"]
    list_select_related = ["sprint", "created_by"]


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Who is in which project; saved by the services, so that open boards follow."""

    list_display = ["project", "user", "role"]
    list_filter = ["project", "role"]
    list_select_related = ["project", "user"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["project", "user"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        saved = services.add_member(
            actor=Actor(_staff(request)), project=obj.project, user=obj.user, role=Role(obj.role)
        )
        obj.pk = saved.pk


class NewPasswordForm(AdminPasswordChangeForm):
    """Sets a person's password, or takes it away, through the service."""

    def save(self, commit: bool = True) -> User:
        user: User = self.user
        is_usable = self.cleaned_data["set_usable_password"]
        password = self.cleaned_data["password1"] if is_usable else None
        services.change_password(user=user, password=password)
        return user


admin.site.unregister(User)


@admin.register(User)
class PersonAdmin(UserAdmin):
    """People are deactivated, not deleted, and usernames stay: both stand in the history."""

    change_password_form = NewPasswordForm

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "username"] if obj else fields

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            given = {name: getattr(obj, name) for name in SHOWN_TO_OTHERS}
            stored = User.objects.get(pk=obj.pk)
            services.update_person(actor=Actor(_staff(request)), user=stored, given=given)
        super().save_model(request, obj, form, change)


Token = get_token_model()
admin.site.unregister(Token)


@admin.register(Token)
class TokenAdmin(AuthTokenAdmin):  # type: ignore[misc]
    """API tokens: deleting one also ends the sockets that were opened with it."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.end_sign_in(user=obj.user, end=obj.delete)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for token in queryset.select_related("user"):
            self.delete_model(request, token)


def _staff(request: HttpRequest) -> User:
    return cast(User, request.user)
