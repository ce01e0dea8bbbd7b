"""Who is here and who holds what, on one process and on two."""

import pytest

from tests.watercooler.stage import PROJECT, SPRINT, Client, Stage, eventually

BOB = {"username": "bob", "full_name": "Bob"}
ALICE = {"username": "alice", "full_name": "Alice"}


def present(client: Client) -> set[str]:
    """Who is here as the client must believe: the newest welcome and the changes since."""
    people: set[str] = set()
    for message in client.messages:
        if message.get("action") == "welcome":
            people = {person["username"] for person in message["here"]}
        if message.get("action") == "here":
            people |= {person["username"] for person in message["join"]}
            people -= {person["username"] for person in message["leave"]}
    return people


def grips(client: Client) -> list[tuple[str, int, str]]:
    """The ephemeral task messages received: action, id, actor."""
    return [
        (message["action"], message["id"], message["actor"])
        for message in client.messages
        if message.get("model") == "task" and "seq" not in message and "conn" in message
    ]


async def join_two(stage: Stage, *, is_apart: bool) -> tuple[Client, Client]:
    """Alice and Bob at the same board, on two processes if ``is_apart``."""
    if is_apart:
        await stage.start_process()
    alice = await stage.join("alice", process=stage.processes[0])
    bob = await stage.join("bob", process=stage.processes[-1])
    if is_apart:
        # Peers are heard once both processes know of one another.
        await eventually(lambda: present(alice) == present(bob) == {"alice", "bob"})
    return alice, bob


@pytest.mark.parametrize("is_apart", [False, True])
async def test_people_see_one_another_come_and_go(stage: Stage, is_apart: bool) -> None:
    alice, bob = await join_two(stage, is_apart=is_apart)
    await eventually(lambda: present(alice) == present(bob) == {"alice", "bob"})
    assert ALICE in [person for here in alice.actions("here") for person in here["join"]]
    bob.close()
    await eventually(lambda: present(alice) == {"alice"})
    assert alice.actions("here")[-1] == {"action": "here", "join": [], "leave": [BOB]}


async def test_three_tabs_are_one_person(stage: Stage) -> None:
    alice = await stage.join("alice")
    tabs = [await stage.join("bob") for _ in range(3)]
    await eventually(lambda: present(alice) == {"alice", "bob"})
    tabs[0].close()
    tabs[1].close()
    await eventually(lambda: tabs[1].is_closed)
    charlie = await stage.join("charlie")
    await eventually(lambda: present(charlie) == {"alice", "bob", "charlie"})
    joined = [person for here in alice.actions("here") for person in here["join"]]
    assert [person["username"] for person in joined].count("bob") == 1


async def test_reload_is_no_departure(stage: Stage) -> None:
    alice, bob = await join_two(stage, is_apart=False)
    await eventually(lambda: present(alice) == {"alice", "bob"})
    bob.close()
    await stage.join("bob")
    await stage.join("charlie")
    await eventually(lambda: "charlie" in present(alice))
    assert not [here for here in alice.actions("here") if here["leave"]]


async def test_newcomer_learns_who_is_here(stage: Stage) -> None:
    alice = await stage.join("alice")
    await eventually(lambda: present(alice) == {"alice"})
    bob = await stage.join("bob")
    assert bob.actions("welcome")[0]["here"] == [ALICE]


async def test_viewers_are_here_and_plain_subscribers_are_not(stage: Stage) -> None:
    plain = await stage.join_plain("script")
    vera = await stage.join("vera", role="viewer")
    await eventually(lambda: present(vera) == {"vera"})
    assert plain.messages == []


async def test_process_that_died_takes_its_people_along(stage: Stage) -> None:
    alice, _ = await join_two(stage, is_apart=True)
    await stage.processes.pop()._duties.stop()
    await eventually(lambda: present(alice) == {"alice"})


async def test_presence_is_of_the_sprint_alone(stage: Stage) -> None:
    alice = await stage.join("alice")
    other = await stage.join("bob", channels=("sprint.8", PROJECT), channel="sprint.8")
    await eventually(lambda: present(alice) == {"alice"} and present(other) == {"bob"})


@pytest.mark.parametrize("is_apart", [False, True])
@pytest.mark.parametrize("action", ["drag", "edit", "look"])
async def test_others_see_a_hand_or_an_eye_on_a_task(
    stage: Stage, action: str, is_apart: bool
) -> None:
    alice, bob = await join_two(stage, is_apart=is_apart)
    plain = await stage.join_plain("script")
    for part in ("start", "end"):
        await bob.say(model="task", id=12, action=f"{action}{part}")
    expected = [(f"{action}start", 12, "bob"), (f"{action}end", 12, "bob")]
    for client in (alice, plain):
        await client.until(lambda client=client: grips(client) == expected)  # type: ignore[misc]
    [message] = [one for one in plain.messages if one.get("action") == f"{action}start"]
    conn = bob.actions("welcome")[0]["conn"]
    assert message == {
        "channel": SPRINT,
        "model": "task",
        "action": f"{action}start",
        "id": 12,
        "actor": "bob",
        "conn": conn,
    }
    assert grips(bob) == []


async def test_plain_subscriber_may_hold_a_task(stage: Stage) -> None:
    alice = await stage.join("alice")
    script = await stage.join_plain("script")
    await script.say(model="task", id=12, action="dragstart")
    await script.say(model="task", id=12, action="drop")
    await eventually(lambda: grips(alice) == [("dragstart", 12, "script"), ("drop", 12, "script")])
    assert script.messages == []


@pytest.mark.parametrize("is_apart", [False, True])
async def test_second_hand_is_told_who_was_first(stage: Stage, is_apart: bool) -> None:
    alice, bob = await join_two(stage, is_apart=is_apart)
    await alice.say(model="task", id=12, action="editstart")
    await eventually(lambda: grips(bob) == [("editstart", 12, "alice")])
    await bob.say(model="task", id=12, action="dragstart")
    assert await bob.received("locked") == {
        "action": "locked",
        "model": "task",
        "id": 12,
        "actor": "alice",
    }
    await bob.say(model="task", id=12, action="dragend")
    await bob.say(model="task", id=13, action="dragstart")
    await eventually(lambda: grips(alice) == [("dragstart", 13, "bob")])


@pytest.mark.parametrize("is_apart", [False, True])
async def test_several_look_at_one_task(stage: Stage, is_apart: bool) -> None:
    alice, bob = await join_two(stage, is_apart=is_apart)
    await alice.say(model="task", id=12, action="lookstart")
    await eventually(lambda: grips(bob) == [("lookstart", 12, "alice")])
    await bob.say(model="task", id=12, action="editstart")
    await bob.say(model="task", id=12, action="lookstart")
    expected = [("editstart", 12, "bob"), ("lookstart", 12, "bob")]
    await eventually(lambda: grips(alice) == expected)
    assert not alice.actions("locked")


async def test_only_so_many_tasks_are_looked_at(stage: Stage) -> None:
    alice, bob = await join_two(stage, is_apart=False)
    most = stage.limits.looks_per_connection
    for task_id in range(1, most + 3):
        await bob.say(model="task", id=task_id, action="lookstart")
    await bob.say(model="task", id=1, action="lookend")
    await eventually(lambda: ("lookend", 1, "bob") in grips(alice))
    assert [task_id for _, task_id, _ in grips(alice)] == [*range(1, most + 1), 1]


@pytest.mark.parametrize("is_apart", [False, True])
async def test_closing_the_page_lets_go(stage: Stage, is_apart: bool) -> None:
    alice, bob = await join_two(stage, is_apart=is_apart)
    await bob.say(model="task", id=12, action="dragstart")
    await bob.say(model="task", id=13, action="editstart")
    await bob.say(model="task", id=13, action="lookstart")
    await eventually(lambda: len(grips(alice)) == 3)
    bob.close()
    await eventually(lambda: len(grips(alice)) == 6)
    ends = ["dragend", "editend", "lookend"]
    assert [action for action, _, _ in grips(alice)[3:]] == ends


@pytest.mark.parametrize("is_apart", [False, True])
async def test_hand_that_is_not_renewed_lets_go(stage: Stage, is_apart: bool) -> None:
    alice, bob = await join_two(stage, is_apart=is_apart)
    await bob.say(model="task", id=12, action="dragstart")
    await eventually(lambda: ("dragend", 12, "bob") in grips(alice))
    await alice.say(model="task", id=12, action="dragstart")
    await eventually(lambda: ("dragstart", 12, "alice") in grips(bob))


async def test_newcomer_sees_what_is_held(stage: Stage) -> None:
    alice, bob = await join_two(stage, is_apart=False)
    await alice.say(model="task", id=12, action="editstart")
    await eventually(lambda: grips(bob))
    newcomer = await stage.join("charlie")
    assert newcomer.actions("welcome")[0]["locks"] == [
        message for message in bob.messages if message.get("action") == "editstart"
    ]


async def test_people_of_other_boards_see_no_hands(stage: Stage) -> None:
    alice, bob = await join_two(stage, is_apart=False)
    other = await stage.join("charlie", channels=("sprint.8", PROJECT), channel="sprint.8")
    await bob.say(model="task", id=12, action="dragstart")
    await eventually(lambda: grips(alice))
    stage.writer.append(PROJECT)
    await eventually(lambda: other.events(PROJECT) == [4])
    assert grips(other) == []


async def test_events_reach_the_watchers_of_both_processes(stage: Stage) -> None:
    alice, bob = await join_two(stage, is_apart=True)
    for _ in range(20):
        stage.writer.append(SPRINT)
    for client in (alice, bob):
        await client.until(lambda client=client: 23 in client.events())  # type: ignore[misc]
        assert client.events() == list(range(4, 24))
