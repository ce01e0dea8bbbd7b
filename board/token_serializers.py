"""Shapes of requests and answers about API tokens."""

from typing import Any

from knox.models import AuthToken
from rest_framework import serializers

from board.api import base_url

USUAL_DAYS = 90
MOST_DAYS = 365
# Enough to recognise a token by, and far from enough to use it.
PREFIX_LENGTH = 8


class CredentialsSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=254, write_only=True)
    password = serializers.CharField(
        max_length=1000,
        trim_whitespace=False,
        write_only=True,
        style={"input_type": "password"},
    )


class ApiTokenSerializer(serializers.ModelSerializer[AuthToken]):
    id = serializers.CharField(source="token_key", read_only=True)
    name = serializers.CharField(max_length=100, source="record.name", default="")
    prefix = serializers.SerializerMethodField()
    days = serializers.IntegerField(
        min_value=1, max_value=MOST_DAYS, default=USUAL_DAYS, write_only=True
    )
    created_at = serializers.DateTimeField(source="created", read_only=True)
    expires_at = serializers.DateTimeField(source="expiry", read_only=True)
    last_used_at = serializers.DateTimeField(
        source="record.last_used_at", read_only=True, default=None
    )
    links = serializers.SerializerMethodField()

    class Meta:
        model = AuthToken
        fields = [
            "id",
            "name",
            "prefix",
            "days",
            "created_at",
            "expires_at",
            "last_used_at",
            "links",
        ]

    def to_representation(self, instance: AuthToken) -> dict[str, Any]:
        """A token that was not made here has no record, and so no name."""
        body = dict(super().to_representation(instance))
        return {**body, "name": body["name"] or ""}

    def get_prefix(self, token: AuthToken) -> str:
        return str(token.token_key)[:PREFIX_LENGTH]

    def get_links(self, token: AuthToken) -> dict[str, str]:
        return {"self": f"{base_url(self.context['request'])}/api/tokens/{token.token_key}/"}
