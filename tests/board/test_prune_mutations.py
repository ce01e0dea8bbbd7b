"""Kept answers to repeatable writes are forgotten after 30 days."""

import io
from datetime import timedelta
from uuid import uuid4

from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from board.models import Mutation


def test_answers_are_forgotten_after_30_days(alice: User) -> None:
    ages = {days: uuid4() for days in (0, 29, 31, 400)}
    for days, mutation in ages.items():
        created_at = timezone.now() - timedelta(days=days)
        Mutation.objects.create(user=alice, mutation=mutation, created_at=created_at)
    out = io.StringIO()
    call_command("prune_mutations", stdout=out)
    kept = set(Mutation.objects.values_list("mutation", flat=True))
    assert kept == {ages[0], ages[29]}
    assert out.getvalue().startswith("2 answers")
