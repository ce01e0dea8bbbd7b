import { beforeEach, describe, expect, test } from "vitest";
import { Field, TaskForm } from "./task-form.svelte";
import { task } from "./testing";
import { type Answer, type Request, stubHttp } from "./testing-http";
import { OutboxStage } from "./testing-outbox";
import type { Card, Task } from "./types";

describe("a field", () => {
  let field: Field;
  beforeEach(() => {
    field = new Field();
    field.accept("one");
  });

  test("follows the server while nobody uses it", () => {
    field.accept("two");
    expect(field).toMatchObject({ value: "two", isDirty: false, theirs: null });
  });

  test("is not written over while somebody types, and keeps the other's value beside", () => {
    field.value = "mine";
    field.accept("theirs");
    expect(field).toMatchObject({ value: "mine", theirs: "theirs" });
  });

  test("has no conflict when others changed something else", () => {
    field.value = "mine";
    field.accept("one");
    expect(field).toMatchObject({ value: "mine", isDirty: true, theirs: null });
  });

  test("has no conflict when both wrote the same", () => {
    field.value = "two";
    field.accept("two");
    expect(field).toMatchObject({ isDirty: false, theirs: null });
  });

  test("in use but unchanged waits until it is left", () => {
    field.focus();
    field.accept("two");
    expect(field).toMatchObject({ value: "one", theirs: null });
    field.blur();
    expect(field.value).toBe("two");
  });

  test("in use says what somebody else made of it, until it is left or changed", () => {
    field.focus();
    field.accept("two");
    expect(field.coming).toBe("two");
    field.value = "one more";
    expect(field.coming).toBeNull();
    field.value = "one";
    field.blur();
    expect(field).toMatchObject({ value: "two", coming: null });
  });

  test("in use notices what came before the first key was pressed", () => {
    field.focus();
    field.accept("two");
    field.value = "one more";
    expect(field.theirs).toBe("two");
  });

  test("can keep mine or take theirs", () => {
    field.value = "mine";
    field.accept("theirs");
    field.choose("mine");
    expect(field).toMatchObject({ value: "mine", isDirty: true, theirs: null });
    field.accept("again");
    field.choose("theirs");
    expect(field).toMatchObject({ value: "again", isDirty: false, theirs: null });
  });

  test("keeps what was typed while it was being saved", () => {
    field.focus();
    field.value = "two more";
    field.confirm("two", "two");
    expect(field).toMatchObject({ value: "two more", isDirty: true, theirs: null });
  });
});

describe("a field whose changes can be merged", () => {
  const merge = (base: string, mine: string, theirs: string) => `${base}|${mine}|${theirs}`;

  test("takes others' changes without a conflict", () => {
    const field = new Field(merge);
    field.accept("a");
    field.value = "b";
    field.accept("c");
    expect(field).toMatchObject({ value: "a|b|c", theirs: null, isDirty: true });
  });

  test("joins what was chosen while it was being saved with what was saved", () => {
    const field = new Field(merge);
    field.value = "later";
    field.confirm("sent", "answered");
    expect(field.value).toBe("sent|later|answered");
  });
});

/** The server's one task, with the versions and refusals of the real one. */
class FakeTasks {
  task = task(5, { description: "Why", version: 1 });
  refusal: Answer | undefined;
  isAway = false;
  requests: Request[];

  constructor() {
    this.requests = stubHttp((request) => this.#answer(request));
  }

  /** Somebody else changes the task. */
  change(fields: Partial<Task>): void {
    this.task = { ...this.task, ...fields, version: this.task.version + 1 };
  }

  #answer({ method, headers, body }: Request): Answer {
    if (this.isAway) return null;
    if (method === "GET") return { status: 200, json: this.task };
    if (this.refusal !== undefined) return this.refusal;
    if (headers.get("If-Match") !== `"${this.task.version}"`)
      return { status: 412, json: { detail: "It was changed.", task: this.task } };
    this.change(body as Partial<Task>);
    return { status: 200, json: this.task };
  }
}

describe("a form", () => {
  let server: FakeTasks;
  let form: TaskForm;
  let stage: OutboxStage;
  let card: Card | null;
  const confirmed: number[] = [];

  beforeEach(async () => {
    server = new FakeTasks();
    stage = new OutboxStage();
    const board = { confirm: (saved: Card) => confirmed.push(saved.version), card: () => card };
    card = null;
    form = new TaskForm(5, { outbox: stage.outbox, ...board });
    await form.load();
  });

  test("shows what the server has, empty for null", () => {
    expect(form.fields.description.value).toBe("Why");
    expect(form.fields.points.value).toBe("");
  });

  test("saves one field with the version it was read at", async () => {
    form.fields.points.value = "8";
    await form.save("points");
    expect(server.requests.at(-1)).toMatchObject({ method: "PATCH", body: { points: 8 } });
    expect(form.fields.points).toMatchObject({ phase: "saved", isDirty: false });
    expect(confirmed.at(-1)).toBe(2);
  });

  test("does not save what was not changed", async () => {
    await form.saveAll();
    expect(server.requests).toHaveLength(1);
  });

  test("writes null for an emptied field", async () => {
    server.change({ due: "2026-11-24" });
    await form.load();
    form.fields.due.value = "";
    await form.save("due");
    expect(server.task.due).toBeNull();
  });

  test("saves over a newer version when others changed only other fields", async () => {
    server.change({ status: 3 });
    form.fields.name.value = "Mine";
    await form.save("name");
    expect(server.task).toMatchObject({ name: "Mine", status: 3 });
  });

  test("asks when somebody else changed the same field, and loses neither", async () => {
    server.change({ name: "Theirs" });
    form.fields.name.value = "Mine";
    await form.save("name");
    expect(server.task.name).toBe("Theirs");
    expect(form.fields.name).toMatchObject({ value: "Mine", theirs: "Theirs", phase: "idle" });
    form.fields.name.choose("mine");
    await form.save("name");
    expect(server.task.name).toBe("Mine");
  });

  test("saves labels and the blocked mark as what they are", async () => {
    form.fields.labels.value = "3,5";
    form.fields.is_blocked.value = "yes";
    await form.saveAll();
    expect(server.task).toMatchObject({ labels: [3, 5], is_blocked: true });
    form.fields.is_blocked.value = "";
    await form.save("is_blocked");
    expect(server.task.is_blocked).toBe(false);
  });

  test("joins two people's labels without asking", async () => {
    server.change({ labels: [1, 2] });
    await form.load();
    server.change({ labels: [2, 4] });
    form.fields.labels.value = "1,2,3";
    await form.save("labels");
    expect(server.task.labels).toEqual([2, 3, 4]);
    expect(form.fields.labels).toMatchObject({ value: "2,3,4", isDirty: false, theirs: null });
  });

  test("keeps the text and says why when the server refuses", async () => {
    server.refusal = { status: 400, json: { points: ["A valid integer is required."] } };
    form.fields.points.value = "many";
    await form.save("points");
    expect(server.requests.at(-1)!.body).toEqual({ points: "many" });
    const expected = { value: "many", phase: "failed", error: "A valid integer is required." };
    expect(form.fields.points).toMatchObject(expected);
  });

  test("keeps what is saved while the server is away, and sends it later", async () => {
    server.refusal = null;
    form.fields.name.value = "Mine";
    await form.save("name");
    form.fields.name.value = "Mine again";
    await form.save("name");
    expect(form.fields.name).toMatchObject({ value: "Mine again", phase: "kept" });
    expect(form.isDirty).toBe(false);
    server.refusal = undefined;
    await stage.pass();
    expect(server.task).toMatchObject({ name: "Mine again", version: 3 });
    expect(stage.outbox.entries).toEqual([]);
  });

  test("shows what the board knows while the server is away", async () => {
    server.isAway = true;
    card = task(5, { name: "On the board" });
    form = new TaskForm(5, { outbox: stage.outbox, confirm: () => undefined, card: () => card });
    await form.load();
    expect(form).toMatchObject({ isPartial: true, failure: null });
    expect(form.fields.name.value).toBe("On the board");
    server.isAway = false;
    await form.load();
    expect(form.isPartial).toBe(false);
    expect(form.fields.description.value).toBe("Why");
  });

  test("ignores an answer that is older than what it has", async () => {
    server.change({ name: "Newer" });
    await form.load();
    server.task = { ...server.task, name: "Older", version: 1 };
    await form.load();
    expect(form.fields.name.value).toBe("Newer");
  });
});
