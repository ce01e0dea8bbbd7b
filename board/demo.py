"""A demo team and its work, made through the services like everything else."""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import User

from board import services
from board.changes import Actor
from board.models import Colour, Project, Role, Sprint, Status
from board.transactions import retried_transaction

PASSWORD = "test"  # noqa: S105 - told to everybody; the command refuses to run in production.

PEOPLE = (
    ("demo", "Dana", "Moreno", Role.OWNER),
    ("ana", "Ana", "Silva", Role.MEMBER),
    ("ben", "Ben", "Okafor", Role.MEMBER),
    ("chloe", "Chloe", "Martin", Role.MEMBER),
)

PLANNED, STARTED, TESTING, DONE = Status.values

# name, status, assigned, points, days until due, description
SPRINT_TASKS: tuple[tuple[str, int, str | None, int | None, int | None, str], ...] = (
    (
        "Let people pay by invoice",
        PLANNED,
        "ana",
        5,
        6,
        "Business customers ask for it every week.",
    ),
    ("Show delivery costs before checkout", PLANNED, "ben", 3, 4, ""),
    ("Remember the last shipping address", PLANNED, None, 2, None, ""),
    ("Send a reminder for abandoned carts", PLANNED, None, 3, None, "One mail, after 24 hours."),
    ("Translate the order mails", PLANNED, "chloe", 2, 7, ""),
    ("Explain why a coupon is refused", PLANNED, None, 1, None, ""),
    ("Search that forgives typing errors", STARTED, "ben", 8, 3, "Trigram index first, then tune."),
    ("Product pages load in one second", STARTED, "chloe", 5, 1, "- pictures\n- fonts\n- the map"),
    ("Order history with filters", STARTED, "ana", 5, 2, ""),
    ("Move pictures to the new storage", STARTED, "demo", 3, -1, ""),
    ("Return labels as PDF", TESTING, "demo", 3, 1, ""),
    ("Sign in with a passkey", TESTING, "ana", 5, None, "Works; try it on an old phone."),
    ("Stock shown per shop", TESTING, "ben", 3, 0, ""),
    ("Accessible colour swatches", TESTING, "chloe", 2, None, ""),
    ("New footer", DONE, "chloe", 1, None, ""),
    ("Fix rounding of the tax on small orders", DONE, "ben", 2, None, ""),
    ("Cookie banner without tricks", DONE, "ana", 1, None, ""),
    ("Backups are restored every night", DONE, "demo", 5, None, ""),
    ("Upgrade the database", DONE, "demo", 3, None, ""),
    ("Faster category pages", DONE, "ben", 5, None, ""),
)

# name, colour, the tasks that carry it
LABELS: tuple[tuple[str, Colour, tuple[str, ...]], ...] = (
    (
        "Checkout",
        Colour.BLUE,
        (
            "Let people pay by invoice",
            "Show delivery costs before checkout",
            "Remember the last shipping address",
            "Explain why a coupon is refused",
            "Gift cards",
        ),
    ),
    (
        "Mail",
        Colour.TEAL,
        (
            "Send a reminder for abandoned carts",
            "Translate the order mails",
            "Tell customers when it is in stock again",
            "Unsubscribe with one click",
        ),
    ),
    (
        "Speed",
        Colour.ORANGE,
        (
            "Product pages load in one second",
            "Faster category pages",
            "Faster pictures on slow networks",
        ),
    ),
    ("Accessibility", Colour.VIOLET, ("Accessible colour swatches", "Sign in with a passkey")),
    ("Bug", Colour.RED, ("Fix rounding of the tax on small orders", "Stock shown per shop")),
    (
        "Customers ask for it",
        Colour.GREEN,
        ("Let people pay by invoice", "Order history with filters", "Dark mode"),
    ),
)
BLOCKED = ("Move pictures to the new storage",)
# Four tasks are in progress.
WIP_LIMITS = {str(STARTED): 3, str(TESTING): 5}

NEXT_SPRINT_TASKS = ("Gift cards", "Wish lists that can be shared", "Pick-up in the shop")

# Who wrote what below which card, in that order.
COMMENTS = (
    (
        "Search that forgives typing errors",
        "chloe",
        "People type *jaket* a lot. Can the index take word lists, @ben?",
    ),
    ("Search that forgives typing errors", "ben", "It can: `synonyms.txt`, one line each."),
    ("Sign in with a passkey", "demo", "@ana I have an old phone in my drawer."),
)

# A card and its steps, each with whether it is done.
CHECKLIST_OF = "Search that forgives typing errors"
CHECKLIST = (
    ("Trigram index on names", True),
    ("Compare with last month's searches", False),
    ("Say what was searched for instead", False),
)

PAST_SPRINT_TASKS = (
    ("Checkout in three steps", "ana", 8),
    ("Guest orders", "ben", 5),
    ("Opening hours on every page", "chloe", 1),
    ("Log in by e-mail address", "demo", 2),
)

BACKLOG = (
    ("Compare products side by side", 5),
    ("Reviews with pictures", 8),
    ("Dark mode", 3),
    ("Estimate the delivery date", 5),
    ("Tell customers when it is in stock again", 3),
    ("Loyalty points", 13),
    ("Print-friendly recipes", 1),
    ("Import products from a spreadsheet", 5),
    ("Show what friends bought", None),
    ("A map of all shops", 3),
    ("Chat with the support team", 8),
    ("Faster pictures on slow networks", 3),
    ("Unsubscribe with one click", 1),
    ("Newsletter archive", 2),
    ("Try two headlines on the front page", None),
)


@retried_transaction
def seed_demo_team() -> Project:
    """Make the demo team, its project WEB with labels and limits, three sprints and a backlog.

    Does nothing but return the project when there is one already.
    """
    if existing := Project.objects.filter(key="WEB").first():
        return existing
    people = [_make_person(*person) for person in PEOPLE]
    actor = Actor(people[0])
    project = services.create_project(
        actor=actor, given={"key": "WEB", "name": "Web shop", "time_zone": "UTC"}
    )
    for user, (_, _, _, role) in zip(people[1:], PEOPLE[1:], strict=True):
        services.add_member(actor=actor, project=project, user=user, role=role)
    for label, colour, _ in LABELS:
        services.create_label(actor=actor, project=project, given={"name": label, "colour": colour})
    project = services.update_project(
        actor=actor, project=project, given={"wip_limits": WIP_LIMITS}
    )
    _seed_sprints(actor, project, project.today())
    return project


@retried_transaction
def seed_tasks(*, project: Project, count: int) -> None:
    """Add ``count`` tasks to the sprint that ends next, spread over its columns and people."""
    actor = Actor(User.objects.get(username=PEOPLE[0][0]))
    sprint = project.sprints.filter(end__gte=project.today(), closed_at=None).first()
    names = [name for name, *_ in SPRINT_TASKS]
    for number in range(count):
        given = {
            "name": f"{names[number % len(names)]} ({number + 1})",
            "sprint": sprint,
            "status": Status.values[number % 4] if sprint else Status.NOT_STARTED,
            "assigned": PEOPLE[number // 4 % len(PEOPLE)][0],
            "points": (1, 2, 3, 5, 8)[number % 5],
        }
        services.create_task(actor=actor, project=project, given=given)


def _make_person(username: str, first_name: str, last_name: str, role: Role) -> User:
    user, is_new = User.objects.get_or_create(
        username=username,
        defaults={
            "first_name": first_name,
            "last_name": last_name,
            "email": f"{username}@example.com",
            "is_staff": role == Role.OWNER,
            "is_superuser": role == Role.OWNER,
        },
    )
    if is_new:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    return user


def _seed_sprints(actor: Actor, project: Project, today: date) -> None:
    _seed_past_sprint(actor, project, today)
    current = _make_sprint(
        actor,
        project,
        name="Sprint 12",
        goal="Nobody gives up at the checkout any more.",
        start=today - timedelta(days=6),
        end=today + timedelta(days=7),
    )
    for name, status, assigned, points, due_in_days, description in SPRINT_TASKS:
        due = None if due_in_days is None else today + timedelta(days=due_in_days)
        _make_task(
            actor,
            project,
            name=name,
            sprint=current,
            status=status,
            assigned=assigned,
            points=points,
            due=due,
            description=description,
        )
    _seed_details(actor, current)
    upcoming = _make_sprint(
        actor,
        project,
        name="Sprint 13",
        goal="Gifts, before the holidays.",
        start=today + timedelta(days=8),
        end=today + timedelta(days=21),
    )
    for name in NEXT_SPRINT_TASKS:
        _make_task(actor, project, name=name, sprint=upcoming)
    for name, points in BACKLOG:
        _make_task(actor, project, name=name, points=points)


def _seed_details(actor: Actor, sprint: Sprint) -> None:
    tasks = {task.name: task for task in sprint.tasks.select_related("project")}
    for name, username, text in COMMENTS:
        author = Actor(User.objects.get(username=username))
        services.create_comment(actor=author, task=tasks[name], text=text)
    for text, is_done in CHECKLIST:
        given = {"text": text, "is_done": is_done}
        services.create_checklist_item(actor=actor, task=tasks[CHECKLIST_OF], given=given)


def _seed_past_sprint(actor: Actor, project: Project, today: date) -> None:
    end = today - timedelta(days=7)
    sprint = services.create_sprint(
        actor=actor,
        project=project,
        given={
            "name": "Sprint 11",
            "goal": "Order without an account.",
            "start": end - timedelta(days=13),
            "end": end,
        },
        today=end,
    )
    for name, assigned, points in PAST_SPRINT_TASKS:
        services.create_task(
            actor=actor,
            project=project,
            given={
                "name": name,
                "sprint": sprint,
                "status": DONE,
                "assigned": assigned,
                "points": points,
            },
            today=end,
        )


def _make_sprint(actor: Actor, project: Project, **given: Any) -> Sprint:
    return services.create_sprint(actor=actor, project=project, given=given)


def _make_task(actor: Actor, project: Project, *, name: str, **given: Any) -> None:
    carried = [label for label, _, tasks in LABELS if name in tasks]
    labels = project.labels.filter(name__in=carried).values_list("pk", flat=True)
    marks = {"labels": list(labels), "is_blocked": name in BLOCKED}
    services.create_task(actor=actor, project=project, given={"name": name, **marks, **given})
