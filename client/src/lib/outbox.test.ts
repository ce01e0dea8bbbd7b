import { beforeEach, describe, expect, test } from "vitest";
import type { Change } from "./changes";
import { Kept, memoryShelf, type Shelf } from "./kept";
import type { Entry } from "./outbox.svelte";
import { task } from "./testing";
import { type Answer, type Request, stubHttp } from "./testing-http";
import { OutboxStage, settled } from "./testing-outbox";
import type { Status, Task } from "./types";

/** Tasks with the versions, refusals and repeated answers of the real server. */
class FakeBoard {
  isAway = false;
  losesAnswers = false;
  tasks = new Map([1, 2].map((id) => [id, task(id)]));
  requests: Request[];
  #answers = new Map<string, Answer>();

  constructor() {
    this.requests = stubHttp((request) => this.#answer(request));
  }

  /** Somebody else changes a task. */
  change(id: number, fields: Partial<Task>): void {
    const old = this.tasks.get(id)!;
    this.tasks.set(id, { ...old, ...fields, version: old.version + 1 });
  }

  #answer(request: Request): Answer {
    if (this.isAway) return null;
    const mutation = request.headers.get("X-Client-Mutation")!;
    const answer = this.#answers.get(mutation) ?? this.#write(request);
    if (answer!.status < 300) this.#answers.set(mutation, answer);
    return this.losesAnswers ? null : answer;
  }

  #write({ path, body, headers }: Request): Answer {
    const id = Number(path.split("/")[3]);
    const current = this.tasks.get(id);
    if (!current) return { status: 404, json: { detail: "Not found." } };
    const { version, ...fields } = body as Partial<Task>;
    const expected = version ?? Number(headers.get("If-Match")!.replaceAll('"', ""));
    if (expected !== current.version)
      return { status: path.endsWith("/move/") ? 409 : 412, json: { task: current } };
    this.change(id, fields);
    return { status: 200, json: this.tasks.get(id) };
  }
}

const move = (taskId: number, status: Status, from: Status = 1): Change => ({
  ...{ kind: "move", taskId, anchor: null, order: 0, version: 1 },
  ...{ from: { sprint: 7, status: from }, to: { sprint: 7, status } },
});
const rename = (taskId: number, value: string, base = `Task ${taskId}`): Change => ({
  ...{ kind: "edit", taskId, field: "name", value, base, version: 1 },
});

let shelf: Shelf;
let stage: OutboxStage;
let server: FakeBoard;

beforeEach(() => {
  shelf = memoryShelf();
  stage = new OutboxStage(shelf);
  server = new FakeBoard();
});

const submit = (change: Change) => stage.outbox.submit(change, "Some task");
const problems = () => stage.outbox.problems.map(({ problem }) => problem!.kind);

describe("a change", () => {
  test("is kept until it is answered", async () => {
    const outcome = submit(move(1, 2));
    expect(stage.kept.all()).toHaveLength(1);
    expect(await outcome).toMatchObject({ kind: "done", task: { status: 2 } });
    expect(stage.kept.all()).toEqual([]);
  });

  test("that is refused at once is told and not kept", async () => {
    server.change(1, { status: 3 });
    await expect(submit(move(1, 2))).rejects.toMatchObject({ status: 409 });
    expect(stage.outbox.entries).toEqual([]);
    expect(stage.kept.all()).toEqual([]);
  });

  test("is sent again for a newer version when others changed only other things", async () => {
    server.change(1, { name: "Renamed" });
    await submit(move(1, 2));
    expect(server.tasks.get(1)).toMatchObject({ name: "Renamed", status: 2 });
    server.change(2, { status: 3 });
    await submit(rename(2, "Mine"));
    expect(server.tasks.get(2)).toMatchObject({ name: "Mine", status: 3 });
  });

  test("that an event has told shows no more", async () => {
    server.isAway = true;
    await submit(move(1, 2));
    const { mutation } = stage.outbox.entries[0]!;
    expect(stage.outbox.pending).toHaveLength(1);
    stage.outbox.noteApplied(mutation);
    expect(stage.outbox.pending).toEqual([]);
  });
});

describe("while the server is away", () => {
  beforeEach(() => (server.isAway = true));

  test("changes wait, and are sent in their order, each on top of the one before", async () => {
    await submit(move(1, 2));
    expect(await submit(move(2, 2))).toEqual({ kind: "put-off" });
    await submit(move(1, 4, 2));
    expect(stage.outbox.waiting).toBe(3);
    server.isAway = false;
    await stage.pass();
    const sent = server.requests.slice(-3).map(({ path, body }) => [path, body]);
    expect(sent.map(([path]) => path)).toEqual([1, 2, 1].map((id) => `/api/tasks/${id}/move/`));
    expect(sent[2]![1]).toMatchObject({ status: 4, version: 2 });
    expect(stage.outbox.entries).toEqual([]);
  });

  test("the waiting time doubles, and ends when there is a sign of life", async () => {
    await submit(move(1, 2));
    const waits = [];
    for (let i = 0; i < 3; i++) {
      waits.push(stage.waits[0]!.ms);
      await stage.pass();
    }
    expect(waits).toEqual([250, 500, 1000]);
    stage.outbox.wake();
    expect(stage.waits.map(({ ms }) => ms)).toEqual([250]);
  });

  test("a reload loses nothing", async () => {
    await submit(move(1, 2));
    await submit(rename(2, "Mine"));
    stage.outbox.stop();
    stage = new OutboxStage(shelf);
    expect(stage.outbox.waiting).toBe(2);
    server.isAway = false;
    stage.outbox.wake();
    await stage.pass();
    expect(server.tasks.get(1)!.status).toBe(2);
    expect(server.tasks.get(2)!.name).toBe("Mine");
    expect(stage.kept.all()).toEqual([]);
  });

  test.each([429, 502, 503, 504, 401])(
    "an answer %i changes nothing about that",
    async (status) => {
      stubHttp(() => ({ status }));
      expect(await submit(move(1, 2))).toEqual({ kind: "put-off" });
      expect(stage.outbox.entries).toHaveLength(1);
    },
  );
});

test("a change that was never sent can be withdrawn, one that was tried cannot", async () => {
  server.isAway = true;
  await submit(move(1, 2));
  await submit(move(2, 2));
  const [tried, waiting] = stage.outbox.entries;
  expect(stage.outbox.withdraw(tried!.mutation)).toBe(false);
  expect(stage.outbox.withdraw(waiting!.mutation)).toBe(true);
  server.isAway = false;
  await stage.pass();
  expect(server.tasks.get(1)!.status).toBe(2);
  expect(server.tasks.get(2)!.status).toBe(1);
});

test("a change whose answer was lost is applied once", async () => {
  server.losesAnswers = true;
  await submit(move(1, 2));
  server.losesAnswers = false;
  server.change(1, { name: "Renamed since" });
  await stage.pass();
  expect(server.tasks.get(1)).toMatchObject({ status: 2, version: 3 });
  expect(stage.outbox.entries).toEqual([]);
});

describe("a change that conflicts after waiting", () => {
  beforeEach(async () => {
    server.isAway = true;
    await submit(move(1, 2));
    await submit(move(1, 3, 2));
    await submit(move(2, 2));
    server.isAway = false;
    server.change(1, { status: 4 });
    await stage.pass();
  });

  test("waits for a decision with what was built on it, and the others go on", () => {
    expect(problems()).toEqual(["changed"]);
    expect(stage.outbox.entries).toHaveLength(2);
    expect(stage.outbox.pending).toEqual([]);
    expect(server.tasks.get(2)!.status).toBe(2);
    expect(new OutboxStage(shelf).outbox.problems).toHaveLength(1);
  });

  test("is sent over the other's by keeping mine", async () => {
    stage.outbox.choose(stage.outbox.problems[0]!.mutation, "mine");
    await settled();
    expect(server.tasks.get(1)!.status).toBe(3);
    expect(stage.outbox.entries).toEqual([]);
  });

  test("is given up with what was built on it by taking theirs", async () => {
    stage.outbox.choose(stage.outbox.problems[0]!.mutation, "theirs");
    await settled();
    expect(server.tasks.get(1)!.status).toBe(4);
    expect(stage.kept.all()).toEqual([]);
  });
});

test.each([
  [() => server.tasks.delete(1), "gone"],
  [() => server.change(1, { name: "Theirs" }), "changed"],
  [() => stubHttp(() => ({ status: 400, json: { name: ["Too long."] } })), "refused"],
] as [() => unknown, string][])(
  "an edit that waited is never swallowed: %#",
  async (meet, kind) => {
    server.isAway = true;
    await submit(rename(1, "Mine"));
    server.isAway = false;
    meet();
    await stage.pass();
    expect(problems()).toEqual([kind]);
  },
);

describe("two windows", () => {
  test("send an entry once", async () => {
    server.isAway = true;
    await submit(move(1, 2));
    const other = new OutboxStage(shelf);
    server.isAway = false;
    await stage.pass();
    other.outbox.wake();
    await other.pass();
    expect(server.requests.filter(({ path }) => path.includes("/1/"))).toHaveLength(2);
    expect(other.outbox.entries).toEqual([]);
  });

  test("show each other's", async () => {
    const other = new OutboxStage(shelf);
    server.isAway = true;
    await submit(move(1, 2));
    other.outbox.refresh();
    expect(other.outbox.waiting).toBe(1);
  });
});

test("signing out forgets everything that is kept", async () => {
  server.isAway = true;
  await submit(move(1, 2));
  new Kept<Entry>(shelf, "outbox", "ben").set("x", stage.outbox.entries[0]!);
  stage.outbox.clear();
  expect(shelf.keys()).toEqual(["sprintwall.1.outbox.ben.x"]);
});
