import { beforeEach, expect, test } from "vitest";
import { event } from "./testing";
import { type Answer, type Request, stubHttp } from "./testing-http";
import { comment, partEvent } from "./testing-details";
import { settled } from "./testing-outbox";
import { TaskHistory } from "./task-history.svelte";

let history: TaskHistory;
let pages: Record<string, Answer>;
let requests: Request[];

beforeEach(() => {
  requests = stubHttp(({ path }) => pages[path] ?? null);
  history = new TaskHistory(5);
});

const FIRST = "/api/tasks/5/history/";
const change = (name: string) => ({ change: name, at: "", actor: "ben", entries: [] });
const names = () => history.changes?.map((one) => one.change);

function page(next: string | null, ...changes: string[]): Answer {
  const link = next && `https://elsewhere.example${next}`;
  return { status: 200, json: { next: link, results: changes.map(change) } };
}

test("pages follow one another until there is no more", async () => {
  pages = { [FIRST]: page("/api/2", "c", "b"), "/api/2": page(null, "b", "a") };
  await history.open();
  expect(history).toMatchObject({ hasMore: true });
  await history.more();
  expect(names()).toEqual(["c", "b", "a"]);
  expect(history.hasMore).toBe(false);
});

test("what happens while it is open comes on top, the older pages stay", async () => {
  pages = { [FIRST]: page("/api/2", "c", "b"), "/api/2": page(null, "a") };
  await history.open();
  await history.more();
  pages[FIRST] = page("/api/2", "d", "c");
  history.receive(partEvent("comment", comment(1)));
  await settled();
  expect(names()).toEqual(["d", "c", "b", "a"]);
  expect(history.hasMore).toBe(false);
});

test("after a gap only the newest page is shown", async () => {
  pages = { [FIRST]: page(null, "a") };
  await history.open();
  pages[FIRST] = page("/api/2", "z", "y");
  void history.refresh();
  await settled();
  expect(names()).toEqual(["z", "y"]);
  expect(history.hasMore).toBe(true);
});

test("what happens while a page is under way is read after it", async () => {
  pages = { [FIRST]: page(null, "a") };
  const opening = history.open();
  history.receive(event("sprint.7", 1, { model: "task", action: "update", id: 5 }));
  await opening;
  expect(requests).toHaveLength(2);
});

test("nothing is read while nobody looks, nor for other tasks", async () => {
  pages = { [FIRST]: page(null, "a") };
  history.receive(event("sprint.7", 1, { model: "task", action: "update", id: 5 }));
  await history.open();
  history.receive(event("sprint.7", 2, { model: "task", action: "update", id: 6 }));
  history.close();
  history.receive(event("sprint.7", 3, { model: "task", action: "update", id: 5 }));
  await settled();
  expect(requests).toHaveLength(1);
});

test("a failure is told, and what is there stays", async () => {
  pages = { [FIRST]: page("/api/2", "a") };
  await history.open();
  await history.more();
  expect(history.failure?.message).toContain("could not be reached");
  expect(names()).toEqual(["a"]);
});
