import { describe, expect, test } from "vitest";
import {
  addDays,
  count,
  dateRange,
  daysBetween,
  dueLabel,
  shortDate,
  timeLeft,
  todayIn,
} from "./dates";

const TODAY = "2026-11-20";

test("today is the project's, not the browser's", () => {
  const moment = new Date("2026-11-20T23:30:00Z");
  expect(todayIn("UTC", moment)).toBe("2026-11-20");
  expect(todayIn("Europe/Berlin", moment)).toBe("2026-11-21");
  expect(todayIn("America/New_York", moment)).toBe("2026-11-20");
});

test("days are counted across months and clock changes", () => {
  expect(daysBetween("2026-10-20", "2026-11-01")).toBe(12);
  expect(daysBetween("2026-11-02", "2026-11-01")).toBe(-1);
  expect(addDays("2026-02-27", 2)).toBe("2026-03-01");
});

test("a date names its year only when it is another one", () => {
  expect(shortDate("2026-11-24", TODAY)).toBe("Nov 24");
  expect(shortDate("2025-11-24", TODAY)).toBe("Nov 24, 2025");
});

describe("a due date", () => {
  test.each([
    ["2026-11-18", "Overdue by 2 days", "overdue"],
    ["2026-11-19", "Overdue by 1 day", "overdue"],
    ["2026-11-20", "Due today", "soon"],
    ["2026-11-21", "Due tomorrow", "soon"],
    ["2026-11-24", "Nov 24", "plain"],
  ])("%s reads %s", (due, words, tone) => {
    const label = dueLabel(due, TODAY, false);
    expect([label.text + label.detail, label.tone]).toEqual([words, tone]);
  });

  test("of a done task is never overdue", () => {
    expect(dueLabel("2026-11-18", TODAY, true)).toMatchObject({ text: "Nov 18", tone: "plain" });
  });
});

describe("a sprint", () => {
  const sprint = { start: "2026-11-14", end: "2026-11-27", closed_at: null };

  test.each([
    [sprint, "7 days left"],
    [{ ...sprint, end: TODAY }, "Ends today"],
    [{ ...sprint, end: "2026-11-21" }, "1 day left"],
    [{ ...sprint, end: "2026-11-13" }, "Ended Nov 13"],
    [{ ...sprint, start: "2026-11-22" }, "Starts in 2 days"],
    [{ ...sprint, closed_at: "2026-11-18" }, "Closed Nov 18"],
  ])("tells its time: %#", (one, words) => {
    expect(timeLeft(one, TODAY)).toBe(words);
  });

  test("tells its days", () => {
    expect(dateRange(sprint, TODAY)).toBe("Nov 14 – Nov 27");
    expect(dateRange({ ...sprint, start: null }, TODAY)).toBe("until Nov 27");
  });
});

test("numbers agree with their nouns", () => {
  expect([0, 1, 2].map((number) => count(number, "day"))).toEqual(["0 days", "1 day", "2 days"]);
});
