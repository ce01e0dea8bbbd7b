"""Django's admin: people are changed here, the domain is read-only (its writes are services)."""

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from knox.admin import AuthTokenAdmin
from knox.models import get_token_model

from board import audit, services
from board.changes import Actor
from board.models import (
    Channel,
    Event,
    Invitation,
    Label,
    Membership,
    Project,
    Role,
    SharedLink,
    Sprint,
    Task,
)
from board.models.accounts import AuditEvent, AuditKind

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
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


@admin.register(Label)
class LabelAdmin(ReadOnlyAdmin):
    list_display = ["name", "project", "colour"]
    list_filter = ["project"]


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


class RecordedAdmin(admin.ModelAdmin):
    """Writes down who changed what here; Django's own history can be read by its object alone."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        _record(obj, "added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        fields = [field for part in message for field in part.get("changed", {}).get("fields", [])]
        _record(obj, "changed", fields=fields)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            _record(obj, "deleted")
        return super().log_deletions(request, queryset)


def _record(obj: Any, what: str, **details: Any) -> None:
    person = obj if isinstance(obj, User) else getattr(obj, "user", None)
    model = type(obj)._meta.label_lower
    audit.record(AuditKind.ADMIN_CHANGED, person=person, model=model, what=what, **details)


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
class PersonAdmin(RecordedAdmin, UserAdmin):
    """People are deactivated, not deleted, and usernames stay: both stand in the history.

    Rights in the admin are given by superusers alone, and nobody else changes a superuser: whoever
    may edit people could make themselves one.
    """

    change_password_form = NewPasswordForm

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj)]
        if not _staff(request).is_superuser:
            fields += RIGHTS
        return [*fields, "username"] if obj else fields

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_above = obj is not None and obj.is_superuser and not _staff(request).is_superuser
        return super().has_change_permission(request, obj) and not is_above

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
    """API tokens: revoking one also ends the sockets that were opened with it.

    They are made by their owners alone: a token made here would be of somebody else.
    """

    list_display = ("token_key", "user", "created", "expiry")
    fields = ("token_key", "user", "created", "expiry")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.revoke_token(token=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for token in queryset.select_related("user"):
            self.delete_model(request, token)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "actor", "person", "address", "details"]
    list_filter = ["kind"]
    list_select_related = ["actor", "person"]
    search_fields = ["actor__username", "person__username", "address"]


# What django-allauth would let staff edit: providers come from the environment, sessions and
# addresses belong to their owners.
for model in (EmailAddress, SocialAccount, SocialApp, SocialToken, UserSession, Authenticator):
    admin.site.unregister(model)


@admin.register(Authenticator)
class FactorAdmin(RecordedAdmin):
    """Second factors: taken away from whoever has lost theirs, and shown to nobody."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    fields = ["user", "type", "created_at", "last_used_at"]
    list_select_related = ["user"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        return found if _staff(request).is_superuser else found.exclude(user__is_superuser=True)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _staff(request: HttpRequest) -> User:
    return cast(User, request.user)
