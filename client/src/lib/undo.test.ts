import { beforeEach, describe, expect, test } from "vitest";
import { ApiError } from "./http";
import { task } from "./testing";
import { type Answer, type Request, stubHttp } from "./testing-http";
import { settled } from "./testing-outbox";
import { toasts } from "./toasts.svelte";
import type { Task } from "./types";
import { directionOf, Undo } from "./undo";

let undo: Undo;
let requests: Request[];
let answer: Answer;
let reversed: Task[];

const texts = () => toasts.list.map(({ text }) => text);
const asked = () => requests.map(({ path }) => path);
const undone = (change: string, ...tasks: Task[]) => ({ status: 200, json: { change, tasks } });

/** Do something that the server tells to be that change. */
function act(change: string, words = `Did ${change}`): Promise<void> {
  return undo.perform({
    send: async (mutation) => {
      await settled();
      undo.noteChange(mutation, change);
    },
    told: () => words,
  });
}

beforeEach(() => {
  requests = stubHttp(() => answer);
  undo = new Undo();
  reversed = [];
  undo.onReversed((task) => reversed.push(task));
  toasts.list = [];
});

describe("what was done", () => {
  test("is told with a way to take it back, one message at a time", async () => {
    await act("A");
    await act("B");
    expect(texts()).toEqual(["Did B"]);
    answer = undone("C", task(1));
    toasts.list[0]!.action!.run();
    await settled();
    expect(asked()).toEqual(["/api/changes/B/undo/"]);
    expect(reversed).toEqual([task(1)]);
    expect(texts()).toEqual(["Undone: Did B"]);
  });

  test("is taken back from the last on, and done again by undoing the undoing", async () => {
    await act("A");
    await act("B");
    answer = undone("C");
    await undo.run("undo");
    answer = undone("D");
    await undo.run("undo");
    answer = undone("E");
    await undo.run("redo");
    answer = undone("F");
    await undo.run("undo");
    expect(asked()).toEqual(["B", "A", "D", "E"].map((id) => `/api/changes/${id}/undo/`));
    expect(texts()).toEqual(["Undone: Did A"]);
  });

  test("anew ends what could be done again", async () => {
    await act("A");
    answer = undone("B");
    await undo.run("undo");
    await act("C");
    await undo.run("redo");
    expect(requests).toHaveLength(1);
  });

  test("and is not answered yet is taken back once it is", async () => {
    answer = undone("B");
    const acting = act("A");
    await undo.run("undo");
    await acting;
    expect(asked()).toEqual(["/api/changes/A/undo/"]);
  });

  test("and was refused is nothing to take back", async () => {
    const send = () => Promise.reject(new ApiError(400, {}));
    const acting = undo.perform({ send, told: () => "Did it" });
    const undoing = undo.run("undo");
    await expect(acting).rejects.toThrow();
    await undoing;
    expect(requests).toEqual([]);
    expect(texts()).toEqual([]);
  });

  test("without changing anything is told without a way back", async () => {
    await act("A");
    await undo.perform({ send: () => Promise.resolve(), told: () => "Did nothing" });
    expect(texts()).toEqual(["Did A"]);
    answer = undone("B");
    await undo.run("undo");
    expect(asked()).toEqual(["/api/changes/A/undo/"]);
  });
});

describe("taking back", () => {
  test("what somebody else changed since says so, and shows it as it is", async () => {
    await act("A", "Moved WEB-1 to Testing");
    const now = task(1, { status: 4, version: 3 });
    answer = { status: 409, json: { detail: "Ben Brown moved it to Done since.", task: now } };
    await undo.run("undo");
    expect(texts()).toEqual([
      "Not undone: Moved WEB-1 to Testing. Ben Brown moved it to Done since.",
    ]);
    expect(reversed).toEqual([now]);
    await undo.run("undo");
    expect(requests).toHaveLength(1);
  });

  test.each([404, 410])("what the server does not take back (%i) is told once", async (status) => {
    await act("A");
    answer = { status, json: { detail: "This one is older." } };
    await undo.run("undo");
    await undo.run("undo");
    expect(requests).toHaveLength(1);
    expect(texts()).toEqual(["Not undone: Did A. This one is older."]);
  });

  test("while the server is away can be tried again, as the same write", async () => {
    await act("A");
    answer = null;
    await undo.run("undo");
    expect(texts()[0]).toContain("could not be reached");
    answer = undone("B");
    await undo.run("undo");
    const mutations = requests.map(({ headers }) => headers.get("X-Client-Mutation"));
    expect(mutations[0]).toBeTruthy();
    expect(mutations[1]).toBe(mutations[0]);
  });
});

describe("what waits for the server", () => {
  let mutation = "";
  const outbox = { isSent: false, has: () => true, withdraw: () => !outbox.isSent };
  const putOff = () =>
    undo.perform({
      send: (id) => Promise.resolve((mutation = id)),
      told: () => "Did it",
      outbox,
    });

  test("and was never sent is only given up", async () => {
    outbox.isSent = false;
    await putOff();
    expect(texts()).toEqual(["Did it, to be sent when the server is back"]);
    await undo.run("undo");
    expect(texts()).toEqual(["Undone: Did it"]);
    expect(requests).toEqual([]);
  });

  test("and may have arrived is taken back once the server tells of it", async () => {
    outbox.isSent = true;
    await putOff();
    await undo.run("undo");
    expect(texts()).toEqual(["To be undone when the server is back: Did it"]);
    answer = undone("B");
    undo.noteChange(mutation, "A");
    await settled();
    expect(asked()).toEqual(["/api/changes/A/undo/"]);
  });
});

describe("keys", () => {
  const key = (key: string, fields: object = {}) =>
    ({ key, ctrlKey: true, target: null, ...fields }) as KeyboardEvent;

  test.each([
    [key("z"), "undo"],
    [key("Z", { shiftKey: true }), "redo"],
    [key("y"), "redo"],
    [key("z", { ctrlKey: false, metaKey: true }), "undo"],
    [key("z", { ctrlKey: false }), null],
    [key("z", { altKey: true }), null],
    [key("z", { defaultPrevented: true }), null],
    [key("z", { target: { closest: () => ({}) } }), null],
  ] as const)("%#", (event, direction) => expect(directionOf(event)).toBe(direction));
});
