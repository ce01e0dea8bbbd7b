import { describe, expect, test } from "vitest";
import { changeWords, type Names } from "./history-words";
import type { FieldValue, HistoryChange, HistoryEntry } from "./types";

const NAMES: Names = {
  nameOf: (username) => ({ ana: "Ana Silva", ben: "Ben Okafor" })[username] ?? username,
  labelName: (id) => ({ 1: "Bug", 2: "Later" })[id] ?? null,
  sprintName: (id) => (id === 8 ? "Eight" : null),
  today: "2026-11-20",
};

function entry(fields: Partial<HistoryEntry>): HistoryEntry {
  return { model: "task", action: "update", id: 5, changed: {}, ...fields };
}

function words(...entries: Partial<HistoryEntry>[]): string {
  const change: HistoryChange = {
    change: "01J",
    at: "2026-11-20T10:00:00Z",
    actor: "ana",
    mentions_me: false,
    entries: entries.map(entry),
    can_undo: false,
  };
  return changeWords(change, NAMES);
}

const changed = (values: Record<string, FieldValue[]>) => words({ changed: values });

describe("a task's changes", () => {
  test.each([
    [{ status: [3, 4] }, "moved it from Testing to Done"],
    [{ status: [3, 4], completed: [null, "2026-11-20"] }, "moved it from Testing to Done"],
    [{ sprint: [null, 7], status: [1, 2] }, "moved it from Backlog to In Progress"],
    [{ sprint: [7, null] }, "moved it from Not Started to Backlog"],
    [{ sprint: [7, 8] }, "moved it to the sprint “Eight”"],
    [{ sprint: [7, 9], status: [2, 1] }, "moved it to another sprint"],
    [{ order: [1, 2] }, "moved it within its column"],
    [{ name: ["Old", "New"] }, "renamed it from “Old” to “New”"],
    [{ description: [] }, "changed the description"],
    [{ assigned: [null, "ben"] }, "assigned it to Ben Okafor"],
    [{ assigned: ["ben", null] }, "took it from Ben Okafor"],
    [{ assigned: ["ben", "gone"] }, "handed it from Ben Okafor to gone"],
    [{ points: [null, 1] }, "estimated it at 1 point"],
    [{ points: [3, 5] }, "changed it from 3 to 5 points"],
    [{ points: [3, null] }, "removed the points"],
    [{ due: [null, "2026-11-24"] }, "set the due date to Nov 24"],
    [{ due: ["2026-11-24", "2027-01-02"] }, "changed the due date from Nov 24 to Jan 2, 2027"],
    [{ started: ["2026-11-24", null] }, "removed the start date"],
    [{ labels: [[], [1, 2]] }, "added the labels Bug and Later"],
    [{ labels: [[1], [2]] }, "added the label Later and took off the label Bug"],
    [{ labels: [[1, 77], []] }, "took off 2 labels"],
    [{ is_blocked: [false, true] }, "marked it as blocked"],
    [{ is_blocked: [true, false] }, "marked it as not blocked"],
  ])("%j", (values, expected) => {
    expect(changed(values as Record<string, FieldValue[]>)).toBe(`Ana Silva ${expected}`);
  });

  test("of several fields are one sentence", () => {
    const values = { name: ["A", "B"], points: [null, 2], status: [1, 2] };
    expect(changed(values)).toBe(
      "Ana Silva moved it from Not Started to In Progress, renamed it from “A” to “B”, and estimated it at 2 points",
    );
  });

  test("that only count its parts are not told", () => {
    expect(changed({ comment_count: [0, 1] })).toBe("");
  });

  test("call it by its name elsewhere", () => {
    const change = { change: "1", at: "", actor: null, entries: [entry({ action: "add" })] };
    expect(changeWords({ ...change, mentions_me: false, can_undo: false }, NAMES, "WEB-5")).toBe(
      "Somebody added WEB-5",
    );
  });
});

describe("the parts of a task", () => {
  test.each([
    [{ model: "comment", action: "add", text: "Looks\ngood" }, "commented “Looks good”"],
    [{ model: "comment", action: "add" }, "commented on it"],
    [{ model: "comment", action: "update", text: "x" }, "edited a comment"],
    [{ model: "comment", action: "remove" }, "deleted a comment"],
    [{ model: "checklist_item", action: "add", text: "Test" }, "added “Test” to the checklist"],
    [
      { model: "checklist_item", changed: { is_done: [false, true] }, text: "Test" },
      "ticked “Test”",
    ],
    [
      { model: "checklist_item", changed: { is_done: [true, false] }, text: "Test" },
      "unticked “Test”",
    ],
    [
      { model: "checklist_item", changed: { text: ["A", "B"] }, text: "B" },
      "changed “A” to “B” in the checklist",
    ],
    [{ model: "checklist_item", changed: { text: [] }, text: "B" }, "reworded “B”"],
    [
      { model: "checklist_item", changed: { order: [1, 2] }, text: "B" },
      "moved “B” in the checklist",
    ],
    [{ model: "checklist_item", action: "remove", text: "B" }, "removed “B” from the checklist"],
    [{ model: "attachment", action: "add", text: "a.png" }, "attached “a.png” to it"],
    [{ model: "attachment", action: "remove", text: "a.png" }, "removed the file “a.png”"],
  ] as [Partial<HistoryEntry>, string][])("%j", (fields, expected) => {
    expect(words(fields)).toBe(`Ana Silva ${expected}`);
  });

  test("long texts are cut, whole letters of them", () => {
    const told = words({ model: "comment", action: "add", text: "😀".repeat(200) });
    expect(told).toBe(`Ana Silva commented “${"😀".repeat(79)}…”`);
  });

  test("of a kind that came later are not told", () => {
    expect(words({ model: "vote" as never, action: "add" })).toBe("");
  });
});

describe("a project's changes", () => {
  test.each([
    [{ model: "sprint", action: "add", text: "Two" }, "created the sprint “Two”"],
    [{ model: "sprint", action: "remove", text: "Two" }, "deleted the sprint “Two”"],
    [
      { model: "sprint", text: "Two", changed: { name: ["One", "Two"], goal: ["", "Win"] } },
      "renamed the sprint “One” to “Two” and changed the goal of the sprint “Two”",
    ],
    [{ model: "sprint", text: "Two", changed: { name: ["", "Two"] } }, "named a sprint “Two”"],
    [
      { model: "sprint", text: "Two", changed: { closed_at: [null, "2026-11-20T10:00:00Z"] } },
      "closed the sprint “Two”",
    ],
    [{ model: "label", action: "add", text: "Bug" }, "created the label “Bug”"],
    [{ model: "label", action: "remove", text: "Bug" }, "deleted the label “Bug”"],
    [
      { model: "label", text: "Bug", changed: { colour: ["red", "blue"] } },
      "changed the colour of the label “Bug”",
    ],
    [{ model: "membership", action: "add", text: "Ben Okafor" }, "added Ben Okafor to the project"],
    [{ model: "membership", action: "add", text: "Ana Silva" }, "joined the project"],
    [{ model: "membership", action: "remove", text: "Ana Silva" }, "left the project"],
    [
      { model: "membership", text: "Ben Okafor", changed: { role: ["viewer", "owner"] } },
      "made Ben Okafor an owner",
    ],
    [{ model: "membership", text: "Ben Okafor", changed: { picture: [null, "x"] } }, null],
    [
      { model: "project", text: "Web", changed: { wip_limits: [] } },
      "changed the limits of the columns",
    ],
    [
      { model: "project", text: "Web", changed: { archived_at: ["2026-11-20", null] } },
      "restored the project",
    ],
  ] as [Partial<HistoryEntry>, string | null][])("%j", (fields, expected) => {
    expect(words(fields)).toBe(expected === null ? "" : `Ana Silva ${expected}`);
  });
});
