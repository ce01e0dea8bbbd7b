import { describe, expect, test } from "vitest";
import type { Names } from "./history-words";
import type { BoardNews } from "./news-api";
import { newsLines, newsSummary } from "./news-words";
import type { HistoryChange, HistoryEntry } from "./types";

const NAMES: Names = {
  nameOf: (username) => ({ ana: "Ana", ben: "Ben" })[username] ?? username,
  labelName: () => null,
  sprintName: () => null,
  today: "2026-11-20",
};
const NOON = new Date(2026, 10, 20, 12).getTime();

function entry(task: number, fields: Partial<HistoryEntry> = {}): HistoryEntry {
  const shown = { key: `WEB-${task}`, name: `Task ${task}`, sprint: 7, is_deleted: false };
  const told = { id: task, ...shown };
  const changed = { status: [1, 4] };
  return { model: "task", action: "update", id: task, changed, task: told, ...fields };
}

let made = 0;
function change(actor: string, fields: Partial<HistoryChange> = {}): HistoryChange {
  const at = "2026-11-20T10:00:00Z";
  const usual = { at, mentions_me: false, entries: [entry(3)], can_undo: false };
  return { change: `c${++made}`, actor, ...usual, ...fields };
}

function summary(changes: HistoryChange[], fields: Partial<BoardNews> = {}): string {
  const news = { seen_at: null, count: changes.length, tasks: [], changes, ...fields };
  return newsSummary(news, NAMES, NOON);
}

describe("the summary", () => {
  test("names who mentioned one, and who did how much", () => {
    const mention = change("ben", { mentions_me: true });
    expect(summary([mention, change("ana"), change("ana")])).toBe(
      "Ben mentioned you in WEB-3. Ana made 2 changes, Ben 1.",
    );
  });

  test.each([
    [new Date(2026, 10, 20, 8, 5), /^Since 8:05.AM: Ana/],
    [new Date(2026, 10, 19, 17, 40), /^Since yesterday 5:40.PM: Ana/],
    [new Date(2026, 10, 18, 17, 40), /^Since Nov 18, 2026, 5:40.PM: Ana/],
  ])("says since when: %s", (seen, words) => {
    expect(summary([change("ana")], { seen_at: seen.toISOString() })).toMatch(words);
  });

  test("tells how many there were when not all are listed", () => {
    const changes = [change("ana"), change("ben")];
    expect(summary(changes, { count: 60 })).toBe("60 changes were made, the last by Ana and Ben.");
    expect(summary(changes, { count: 500 })).toMatch(/^At least 500 changes were made/);
  });

  test("says that it is not known what changed", () => {
    expect(summary([], { count: null })).toMatch(/^Anything may have changed/);
  });
});

describe("the list", () => {
  test("tells each task that a change touched by itself", () => {
    const lines = newsLines([change("ben", { entries: [entry(3), entry(4)] })], NAMES);
    expect(lines.map(({ task, words }) => [task?.key, words])).toEqual([
      ["WEB-3", "Ben moved it from Not Started to Done"],
      ["WEB-4", "Ben moved it from Not Started to Done"],
    ]);
  });

  test("has words for what was done to no task", () => {
    const entries = [entry(1, { model: "sprint" as HistoryEntry["model"], task: null })];
    const [line] = newsLines([change("ben", { entries })], NAMES);
    expect(line).toMatchObject({ task: null, words: "Ben changed the sprint or the project" });
  });

  test("ends after 50 lines", () => {
    const entries = Array.from({ length: 60 }, (_, id) => entry(id));
    expect(newsLines([change("ben", { entries })], NAMES)).toHaveLength(50);
  });
});
