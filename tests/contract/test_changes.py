"""``X-Change``: every write that changed something names its change."""

from uuid import uuid4

from rest_framework.test import APIClient

from board.models import Event, Project, Sprint, Task


def last_change(channel: str) -> str:
    return Event.objects.filter(channel=channel).latest("seq").change


def test_writes_name_their_change(api: APIClient, task: Task, sprint: Sprint) -> None:
    path = f"/api/tasks/{task.pk}/"
    answers = [
        api.patch(path, {"name": "Other"}),
        api.put(path, {"name": "Whole"}),
        api.post(f"{path}move/", {"status": 2}),
        api.delete(path),
    ]
    channel = f"sprint.{sprint.pk}"
    changes = [event.change for event in Event.objects.filter(channel=channel).order_by("seq")]
    assert [answer["X-Change"] for answer in answers] == changes[1:]


def test_new_objects_name_their_change(api: APIClient, project: Project) -> None:
    answer = api.post("/api/tasks/", {"name": "New"})
    assert answer["X-Change"] == last_change(f"project.{project.pk}")


def test_write_that_changes_nothing_names_no_change(api: APIClient, task: Task) -> None:
    answer = api.patch(f"/api/tasks/{task.pk}/", {"name": task.name})
    assert (answer.status_code, "X-Change" in answer) == (200, False)


def test_reads_and_refused_writes_name_no_change(api: APIClient, task: Task) -> None:
    path = f"/api/tasks/{task.pk}/"
    for answer in (api.get(path), api.patch(path, {"name": ""})):
        assert "X-Change" not in answer


def test_repeated_write_names_the_change_of_the_first(api: APIClient, task: Task) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    first, again = (
        api.patch(f"/api/tasks/{task.pk}/", {"name": "Once"}, headers=headers) for _ in range(2)
    )
    assert first["X-Change"] == again["X-Change"] == last_change(f"sprint.{task.sprint_id}")


def test_repeated_write_that_changed_nothing_names_no_change(api: APIClient, task: Task) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    for _ in range(2):
        answer = api.patch(f"/api/tasks/{task.pk}/", {"name": task.name}, headers=headers)
        assert "X-Change" not in answer
