import { beforeEach, describe, expect, test, vi } from "vitest";
import { fromSnapshot } from "./board";
import { BoardActions } from "./board-actions";
import { BoardStore } from "./board-store.svelte";
import { snapshot, task } from "./testing";
import { type Answer, type Request, stubHttp } from "./testing-http";
import { OutboxStage, settled } from "./testing-outbox";
import { toasts } from "./toasts.svelte";

let stage: OutboxStage;
let store: BoardStore;
let actions: BoardActions;
let requests: Request[];
let answers: (Answer | Promise<Answer>)[];

const ids = (column: 1 | 2 | 3 | 4 | "backlog") => store.columns![column].map(({ id }) => id);
const waiting = (column: 1 | 2) =>
  store.columns![column].filter(({ isWaiting }) => isWaiting).map(({ id }) => id);
const messages = () => toasts.list.map(({ text }) => text);
const place = (status: 1 | 2 | 3 | 4) => ({ sprint: 7, status });

beforeEach(() => {
  answers = [];
  requests = stubHttp(() => (answers.length > 0 ? answers.shift()! : { status: 500 }));
  stage = new OutboxStage();
  store = new BoardStore(7, "ana", stage.outbox);
  store.live = "live";
  store.state = fromSnapshot(snapshot([task(1), task(2), task(3, { status: 2 })]));
  actions = new BoardActions(store);
  toasts.list = [];
});

describe("moving a card", () => {
  test("is one call with the anchor and the version, and shows before its answer", async () => {
    let reply: (answer: Answer) => void = () => undefined;
    answers = [new Promise<Answer>((resolve) => (reply = resolve))];
    const moving = actions.move(1, place(2), { before: 3 });
    expect(ids(2)).toEqual([1, 3]);
    reply({ status: 200, json: task(1, { status: 2, order: 5, version: 2 }) });
    expect(await moving).toBe(true);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      path: "/api/tasks/1/move/",
      body: { sprint: 7, status: 2, before: 3, version: 1 },
    });
    expect(store.outbox.entries).toEqual([]);
    expect(ids(2)).toEqual([1, 3]);
  });

  test("to where it is asks nothing", async () => {
    expect(await actions.move(1, place(1), { before: 2 })).toBe(true);
    expect(requests).toEqual([]);
  });

  test.each([
    [{ status: 400, json: { sprint: ["Cannot assign tasks to past sprints."] } }, "past sprints"],
    [{ status: 403, json: { detail: "Viewers only look." } }, "Viewers only look."],
    [{ status: 500, json: {} }, "Something went wrong"],
  ] as [Answer, string][])("is put back with the reason: %j", async (answer, reason) => {
    answers = [answer];
    expect(await actions.move(1, place(4), null)).toBe(false);
    expect(ids(1)).toEqual([1, 2]);
    expect(messages()[0]).toContain("WEB-1 was put back.");
    expect(messages()[0]).toContain(reason);
  });

  test("that somebody else moved first yields, names them, and offers a way back", async () => {
    store.lastChange.set(1, { actor: "user2", version: 1 });
    const theirs = task(1, { status: 3, version: 2 });
    answers = [{ status: 409, json: { detail: "Changed.", task: theirs, column: [3] } }];
    expect(await actions.move(1, place(2), null)).toBe(false);
    expect(ids(3)).toEqual([1]);
    // The event comes after the answer that speaks of it.
    store.lastChange.set(1, { actor: "user1", version: 2 });
    await vi.waitFor(() => expect(messages()).toHaveLength(1));
    expect(messages()).toEqual(["User 1 moved it to Testing first"]);
    answers = [{ status: 200, json: task(1, { version: 3 }) }];
    toasts.list[0]!.action!.run();
    await settled();
    expect(requests.at(-1)!.body).toMatchObject({ status: 1, version: 2 });
    expect(ids(1)).toEqual([1, 2]);
  });

  test("that somebody else only renamed goes through", async () => {
    const renamed = task(1, { name: "Renamed", version: 2 });
    answers = [
      { status: 409, json: { detail: "Changed.", task: renamed, column: [3] } },
      { status: 200, json: { ...renamed, status: 2, version: 3 } },
    ];
    expect(await actions.move(1, place(2), null)).toBe(true);
    expect(requests[1]!.body).toMatchObject({ version: 2 });
    expect(store.card(1)).toMatchObject({ name: "Renamed", status: 2 });
  });

  test("next to a card that has gone is put back", async () => {
    answers = [{ status: 409, json: { detail: "Gone.", task: task(1), column: [] } }];
    expect(await actions.move(1, place(2), { after: 3 })).toBe(false);
    expect(ids(1)).toEqual([1, 2]);
    expect(messages()[0]).toContain("have moved");
  });

  test("twice in a row sends the second with the version of the first", async () => {
    answers = [
      { status: 200, json: task(1, { status: 2, version: 2 }) },
      { status: 200, json: task(1, { status: 3, version: 3 }) },
    ];
    const both = [actions.move(1, place(2), null), actions.move(1, place(3), null)];
    expect(ids(3)).toEqual([1]);
    await Promise.all(both);
    expect(requests.map(({ body }) => (body as { version: number }).version)).toEqual([1, 2]);
  });
});

describe("while the server is away", () => {
  beforeEach(() => (answers = [null]));

  test("a moved card stays where it was put, marked, and the move is sent later", async () => {
    expect(await actions.move(1, place(2), { before: 3 })).toBe(true);
    expect(ids(2)).toEqual([1, 3]);
    expect(waiting(2)).toEqual([1]);
    answers = [{ status: 200, json: task(1, { status: 2, order: 5, version: 2 }) }];
    await stage.pass();
    expect(requests.map(({ headers }) => headers.get("X-Client-Mutation"))).toEqual(
      Array(2).fill(requests[0]!.headers.get("X-Client-Mutation")),
    );
    expect(waiting(2)).toEqual([]);
    expect(ids(2)).toEqual([1, 3]);
  });

  test("an added task stands at the end of its column until it is made", async () => {
    await actions.add(1, "New");
    await actions.add(1, "Newer");
    expect(store.columns![1].map(({ name }) => name)).toEqual(["Task 1", "Task 2", "New", "Newer"]);
    answers = [8, 9].map((id) => ({ status: 201, json: task(id) }));
    await stage.pass();
    expect(ids(1)).toEqual([1, 2, 8, 9]);
  });

  test("a card dropped beside one that is not made yet goes to the end", async () => {
    await actions.add(2, "New");
    const made = ids(2).at(-1)!;
    await actions.move(1, place(2), { after: made });
    expect(stage.outbox.entries.at(-1)!.change).toMatchObject({ anchor: null });
  });
});

test("a card in the hand stays there whatever others do, and the drop says so", async () => {
  store.live = "offline";
  store.grab(1);
  store.confirm(task(1, { status: 4, version: 2 }));
  expect(ids(1)).toEqual([1, 2]);
  answers = [{ status: 409, json: { task: task(1, { status: 4, version: 2 }), column: [] } }];
  const moving = actions.move(1, place(2), null);
  store.release(1);
  expect(await moving).toBe(false);
  expect(requests[0]!.body).toMatchObject({ version: 1 });
  expect(ids(4)).toEqual([1]);
  await settled();
  expect(messages()).toEqual(["Somebody moved it to Done first"]);
});

test("a task is added at the end of its column, with its project", async () => {
  answers = [{ status: 201, json: task(9, { sprint: null }) }];
  await actions.add("backlog", "New");
  expect(requests[0]!.body).toEqual({ sprint: null, status: 1, project: 1, name: "New" });
  expect(ids("backlog")).toEqual([9]);
});

describe("deleting", () => {
  test("takes the card off the board", async () => {
    answers = [{ status: 204 }];
    expect(await actions.delete(task(1))).toBe(true);
    expect(ids(1)).toEqual([2]);
  });

  test("of a task that has gone already is fine", async () => {
    answers = [{ status: 404, json: { detail: "Not found." } }];
    await actions.delete(task(1));
    expect(ids(1)).toEqual([2]);
  });

  test("that is refused leaves it and says so", async () => {
    answers = [{ status: 403, json: { detail: "Viewers only look." } }];
    expect(await actions.delete(task(1))).toBe(false);
    expect(messages()).toEqual(["WEB-1 was not deleted. Viewers only look."]);
    expect(ids(1)).toEqual([1, 2]);
  });
});
