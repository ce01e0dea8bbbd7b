import { expect, test } from "vitest";
import { dayOf, exact, relative } from "./moments";

const NOW = Date.parse("2026-11-20T12:00:00Z");

test.each([
  ["2026-11-20T11:59:40Z", "just now"],
  ["2026-11-20T12:00:20Z", "in a moment"],
  ["2026-11-20T11:15:00Z", "45 minutes ago"],
  ["2026-11-20T09:30:00Z", "2 hours ago"],
  ["2026-11-19T11:00:00Z", "yesterday"],
  ["2026-11-27T12:00:00Z", "in 7 days"],
])("%s is %s", (moment, words) => {
  expect(relative(moment, NOW)).toBe(words);
});

test("seconds since 1970 are moments too", () => {
  expect(relative(NOW / 1_000 - 3_600, NOW)).toBe("1 hour ago");
  expect(dayOf(NOW / 1_000)).toBe("Nov 20, 2026");
});

test("a moment to the minute names its day and its time", () => {
  expect(exact(new Date(2026, 10, 24, 10, 5).toISOString())).toMatch(/^Nov 24, 2026, 10:05\sAM$/);
});
