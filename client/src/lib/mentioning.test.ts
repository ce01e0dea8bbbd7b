import { expect, test } from "vitest";
import { begunMention, completed, mentionable } from "./mentioning";
import { member } from "./testing";

test.each([
  ["Hello @be", { start: 6, query: "be" }],
  ["@", { start: 0, query: "" }],
  ["(@ana.s", { start: 1, query: "ana.s" }],
  ["mail ben@example", null],
  ["@ben ", null],
  ["nothing", null],
])("%j", (text, begun) => {
  expect(begunMention(text, text.length)).toEqual(begun);
});

test("only what stands before the caret counts", () => {
  expect(begunMention("@be later", 3)).toEqual({ start: 0, query: "be" });
});

test("people are found by username and by any word of their name", () => {
  const ana = member(1, { user: "ana", full_name: "Ana Silva" });
  const cy = member(2, { user: "cy", full_name: "Silvia Anders" });
  const gone = member(3, { user: "anabel", is_active: false });
  expect(mentionable([ana, cy, gone], "an")).toEqual([ana, cy]);
  expect(mentionable([ana, cy, gone], "SIL")).toEqual([ana, cy]);
  expect(mentionable([ana, cy, gone], "")).toEqual([ana, cy]);
});

test("a completed mention leaves one space and the caret behind it", () => {
  const begun = { start: 3, query: "be" };
  expect(completed("Hi @be there", 6, begun, "ben")).toEqual({ text: "Hi @ben there", caret: 8 });
  expect(completed("Hi @be", 6, begun, "ben")).toEqual({ text: "Hi @ben ", caret: 8 });
});
