import { expect, test } from "vitest";
import { initials, personHue } from "./people-colours";

test("a person has the same colour every time, and a team has several", () => {
  expect(personHue("ana")).toBe(personHue("ana"));
  expect(new Set(["demo", "ana", "ben", "chloe"].map(personHue)).size).toBe(4);
});

test.each([
  ["Ben Okafor", "ben", "BO"],
  ["Ana Maria de Souza", "ana", "AS"],
  ["Cher", "cher", "C"],
  ["", "chloe.martin", "CM"],
  ["", "x", "X"],
])("%s (%s) has the initials %s", (fullName, username, letters) => {
  expect(initials(fullName, username)).toBe(letters);
});
