"""Labels of projects: making, changing and deleting them."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from board import services
from board.changes import Actor
from board.models import Event, Label, Project, Task, TaskLabel
from board.services.labels import MOST_LABELS
from tests.board.test_events import last_event


def path_of(label: Label) -> str:
    return f"/api/labels/{label.pk}/"


def test_label_shows_all_its_fields(api: APIClient, label: Label) -> None:
    answer = api.get(path_of(label))
    assert answer["ETag"] == '"1"'
    assert answer.json() == {
        "id": label.pk,
        "project": label.project_id,
        "name": "Bug",
        "colour": "red",
        "version": 1,
        "links": {
            "self": f"http://testserver/api/labels/{label.pk}/",
            "project": f"http://testserver/api/projects/{label.project_id}/",
            "tasks": f"http://testserver/api/tasks/?label={label.pk}",
        },
    }


def test_name_is_enough_and_goes_to_the_default_project(api: APIClient, project: Project) -> None:
    answer = api.post("/api/labels/", {"name": "Later"})
    assert answer.status_code == 201
    assert (answer.json()["project"], answer.json()["colour"]) == (project.pk, "grey")
    assert "X-Change" in answer


@pytest.mark.parametrize("name", ["עברית", "🐛 bug", "<script>alert(1)</script>", "x" * 40])
def test_names_are_any_text(api: APIClient, project: Project, name: str) -> None:
    assert api.post("/api/labels/", {"name": name}).json()["name"] == name


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"name": "nul \x00"}, "name"),
        ({"name": "BUG"}, "name"),
        ({"name": "n", "colour": "mauve"}, "colour"),
        ({"name": "n", "colour": None}, "colour"),
        ({"name": "n", "project": 987654}, "project"),
    ],
)
def test_invalid_fields_are_named(
    api: APIClient, label: Label, given: dict[str, Any], field: str
) -> None:
    answer = api.post("/api/labels/", given, format="json")
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert Label.objects.count() == 1


def test_names_differ_in_more_than_case_in_every_alphabet(api: APIClient, project: Project) -> None:
    assert api.post("/api/labels/", {"name": "Ärger"}).status_code == 201
    again = api.post("/api/labels/", {"name": "ÄRGER"})
    assert again.json() == {"name": ["This project has a label of that name already."]}
    assert api.post("/api/labels/", {"name": "Freude"}).status_code == 201


def test_label_may_change_the_case_of_its_own_name(api: APIClient, label: Label) -> None:
    assert api.patch(path_of(label), {"name": "BUG"}).json()["name"] == "BUG"


def test_two_projects_may_use_the_same_name(api: APIClient, foreign_label: Label) -> None:
    assert api.post("/api/labels/", {"name": foreign_label.name}).status_code == 201


def test_hidden_and_unknown_project_answer_the_same(
    api: APIClient, foreign_project: Project
) -> None:
    ids = (foreign_project.pk, 987654)
    filtered = [api.get(f"/api/labels/?project={pk}") for pk in ids]
    posted = [api.post("/api/labels/", {"name": "n", "project": pk}) for pk in ids]
    for answers in (filtered, posted):
        assert {answer.status_code for answer in answers} == {400}
        texts = [a.content.decode().replace(str(i), "?") for a, i in zip(answers, ids, strict=True)]
        assert texts[0] == texts[1]


def test_a_project_has_at_most_100_labels(api: APIClient, project: Project) -> None:
    Label.objects.bulk_create(
        Label(project=project, name=f"Label {number}") for number in range(MOST_LABELS)
    )
    answer = api.post("/api/labels/", {"name": "One more"})
    assert answer.status_code == 400
    message = "A project has at most 100 labels: delete one first."
    assert answer.json() == {"non_field_errors": [message]}


def test_list_is_in_order_of_names_with_as_many_queries_for_many_as_for_few(
    api: APIClient, project: Project, foreign_label: Label, django_assert_max_num_queries: Any
) -> None:
    for name in ("b", "C", "a"):
        api.post("/api/labels/", {"name": name})
    with django_assert_max_num_queries(5):
        listed = api.get(f"/api/labels/?project={project.pk}").json()["results"]
    assert [label["name"] for label in listed] == ["a", "b", "C"]


def test_put_takes_back_what_get_gave(api: APIClient, label: Label) -> None:
    body = api.get(path_of(label)).json()
    answer = api.put(path_of(label), {**body, "colour": "teal"}, format="json")
    assert (answer.json()["colour"], answer.json()["version"]) == ("teal", 2)


def test_label_stays_in_its_project(api: APIClient, label: Label) -> None:
    other = api.post("/api/projects/", {"key": "OPS", "name": "Operations"}).json()["id"]
    assert api.patch(path_of(label), {"project": other}).json()["project"] == label.project_id


def test_change_that_changes_nothing_is_no_new_version(api: APIClient, label: Label) -> None:
    answer = api.patch(path_of(label), {"name": label.name})
    assert (answer.json()["version"], "X-Change" in answer) == (1, False)


def test_precondition(api: APIClient, label: Label) -> None:
    old = {"If-Match": '"7"'}
    for refused in (
        api.patch(path_of(label), {"name": "Other"}, headers=old),
        api.delete(path_of(label), headers=old),
    ):
        assert refused.status_code == 412
        assert refused.json()["label"]["name"] == "Bug"
    fine = api.patch(path_of(label), {"name": "Other"}, headers={"If-Match": '"1"'})
    assert fine.status_code == 200


def test_repeated_write_is_done_once(api: APIClient, project: Project) -> None:
    headers = {"X-Client-Mutation": str(uuid4())}
    answers = [api.post("/api/labels/", {"name": "Once"}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Label.objects.count() == 1


def test_events_tell_the_whole_label_on_the_projects_channel(
    api: APIClient, project: Project
) -> None:
    channel = f"project.{project.pk}"
    pk = api.post("/api/labels/", {"name": "Idea"}).json()["id"]
    added = last_event(channel)
    assert (added["model"], added["action"], added["id"]) == ("label", "add", pk)
    assert added["body"]["links"]["self"] == f"/api/labels/{pk}/"
    api.patch(f"/api/labels/{pk}/", {"colour": "pink"})
    assert last_event(channel)["changed"] == {"colour": ["grey", "pink"]}
    api.delete(f"/api/labels/{pk}/")
    removed = last_event(channel)
    assert (removed["action"], removed["version"], removed["body"]) == ("remove", 3, None)


def test_deleted_label_is_on_no_task_and_tasks_keep_their_versions(
    api: APIClient, label: Label, task: Task
) -> None:
    path = f"/api/tasks/{task.pk}/"
    api.patch(path, {"labels": [label.pk]}, format="json")
    events = Event.objects.count()
    assert api.delete(path_of(label)).status_code == 204
    assert TaskLabel.objects.count() == 0
    body = api.get(path).json()
    assert (body["labels"], body["version"]) == ([], 2)
    assert Event.objects.count() == events + 1
    assert api.get(path_of(label)).status_code == 404
    assert api.delete(path_of(label)).status_code == 404


def test_members_may_change_labels(as_user: Any, bob: User, label: Label) -> None:
    assert as_user(bob).patch(path_of(label), {"name": "Defect"}).status_code == 200


def test_viewers_read_only(viewer: APIClient, label: Label) -> None:
    assert viewer.get(path_of(label)).status_code == 200
    for answer in (
        viewer.post("/api/labels/", {"name": "n"}),
        viewer.patch(path_of(label), {"name": "n"}),
        viewer.delete(path_of(label)),
    ):
        assert answer.status_code == 403


def test_labels_of_an_archived_project_stay_as_they_are(
    api: APIClient, alice: User, project: Project, label: Label
) -> None:
    services.archive_project(actor=Actor(alice), project=project)
    for answer in (
        api.post("/api/labels/", {"name": "n", "project": project.pk}),
        api.patch(path_of(label), {"name": "n"}),
        api.delete(path_of(label)),
    ):
        assert answer.status_code == 403
        assert "archived" in answer.json()["detail"]
