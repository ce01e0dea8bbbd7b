import json

from django.db import migrations
from django.db.models import Max

BATCH = 1000


def name_tasks(apps, schema_editor):
    """Tell of which task the events of before are, in batches that hold no lock for long.

    What is written meanwhile names its task already.
    """
    Event = apps.get_model("board", "Event")
    last = Event.objects.aggregate(last=Max("pk"))["last"] or 0
    for begin in range(0, last, BATCH):
        events = Event.objects.filter(pk__gt=begin, pk__lte=begin + BATCH, task__isnull=True)
        named = []
        for event in events.only("payload"):
            payload = json.loads(event.payload)
            if payload["model"] == "task":
                event.task = payload["id"]
                named.append(event)
        Event.objects.bulk_update(named, ["task"], batch_size=200)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("board", "0004_cards_and_history")]
    operations = [migrations.RunPython(name_tasks, migrations.RunPython.noop)]
