import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { avatarStyle, initials, personHue } from "./people-colours";

test("a person has the same colour every time, and a team has several", () => {
  expect(personHue("ana")).toBe(personHue("ana"));
  expect(new Set(["demo", "ana", "ben", "chloe"].map(personHue)).size).toBe(4);
});

// The server draws the same avatars, and is held to the same people by tests/board/test_avatars.py.
const people = JSON.parse(readFileSync("../tests/people.json", "utf8")) as {
  username: string;
  full_name: string;
  initials: string;
  hue: number;
}[];

test.each(people)("$full_name ($username) has the initials $initials", (person) => {
  expect(initials(person.full_name, person.username)).toBe(person.initials);
  expect(personHue(person.username)).toBe(person.hue);
});

test("a picture that is changed has another address, and who has none needs none", () => {
  expect(avatarStyle("ana", null)).not.toContain("--picture");
  expect(avatarStyle("a+b@c", "0f1e")).toContain(
    '; --picture: url("/api/users/a%2Bb%40c/avatar/?size=64&v=0f1e")',
  );
});
