import { expect, test } from "vitest";
import { clockIn, dayWords } from "./day-words";

test.each([
  ["2026-11-20", "Today, Friday, November 20, 2026"],
  ["2026-11-19", "Yesterday, Thursday, November 19, 2026"],
  ["2026-11-18", "Wednesday, November 18, 2026"],
])("%s is %s", (day, words) => {
  expect(dayWords(day, "2026-11-20")).toBe(words);
});

test("moments are told by the clock where the project is", () => {
  const clock = clockIn("Asia/Kathmandu");
  const told = [clock.hour("2026-11-20T10:00:00Z"), clock.time("2026-11-20T10:00:00Z")];
  // Some of its spaces are narrow ones.
  expect(told.map((text) => text.replace(/\s/g, " "))).toEqual(["3 PM", "3:45 PM"]);
});
