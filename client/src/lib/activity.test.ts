import { beforeEach, expect, test } from "vitest";
import { Activity, type ActivityApi, byTask, choicesOf, runsOf } from "./activity.svelte";
import { Unreachable } from "./http";
import type { HistoryChange, HistoryEntry } from "./types";

let asked: unknown[];
let api: ActivityApi;
let activity: Activity;

beforeEach(() => {
  asked = [];
  api = {
    activity: (...query) => {
      asked.push(query);
      return Promise.resolve(
        query[2] ? { results: [change("a")], next: null } : { results: [change("b")], next: "/2" },
      );
    },
    activeDays: () => Promise.resolve(["2026-11-20", "2026-11-18"]),
  };
  activity = new Activity(3, api);
});

function change(name: string, entries: HistoryEntry[] = []): HistoryChange {
  return { change: name, at: "", actor: "ana", entries, mentions_me: false, can_undo: false };
}

function entry(id: number, task: number | null): HistoryEntry {
  const told = { key: `WEB-${task}`, name: "Task", sprint: 7, is_deleted: false };
  return {
    model: "comment",
    action: "add",
    id,
    changed: {},
    task: task && { id: task, ...told },
  } as HistoryEntry;
}

const names = () => activity.pages?.changes?.map((one) => one.change);

test("a day is shown with the days that there are, and then further pages of it", async () => {
  await activity.show({ day: "2026-11-18", sprint: 7 });
  expect(activity.days).toEqual(["2026-11-20", "2026-11-18"]);
  await activity.pages!.more();
  expect(names()).toEqual(["b", "a"]);
  const query = { day: "2026-11-18", sprint: 7 };
  expect(asked).toEqual([
    [3, query, null],
    [3, query, "/2"],
  ]);
});

test("what comes late of another day is not shown", async () => {
  const before = activity.show({ day: "2026-11-18", sprint: null });
  api.activity = () => Promise.resolve({ results: [], next: null });
  await activity.show({ day: null, sprint: null });
  await before;
  expect(names()).toEqual([]);
});

test("when it cannot be read again what is there stays", async () => {
  await activity.show({ day: null, sprint: null });
  api.activity = () => Promise.reject(new Unreachable());
  api.activeDays = () => Promise.reject(new Unreachable());
  await activity.refresh();
  expect(activity.pages!.failure).toBeInstanceOf(Unreachable);
  expect(names()).toEqual(["b"]);
  expect(activity.days).toHaveLength(2);
});

test("days to choose are those with activity, the shown one and today", () => {
  const days = ["2026-11-18", "2026-11-16"];
  expect(choicesOf(days, "2026-11-17", "2026-11-20")).toEqual([
    "2026-11-20",
    "2026-11-18",
    "2026-11-17",
    "2026-11-16",
  ]);
});

test("a change of several tasks is told of each", () => {
  const parts = byTask(change("a", [entry(1, 5), entry(2, 6), entry(3, 5), entry(4, null)]));
  const ids = parts.map(({ task, entries }) => [task?.id, entries.map(({ id }) => id)]);
  expect(ids).toEqual([
    [5, [1, 3]],
    [6, [2]],
    [undefined, [4]],
  ]);
});

test("what follows one another with the same key is one run", () => {
  expect(runsOf(["a1", "a2", "b1", "a3"], (text) => text[0]!)).toEqual([
    ["a", ["a1", "a2"]],
    ["b", ["b1"]],
    ["a", ["a3"]],
  ]);
});
