import { expect, test } from "vitest";
import { memoryShelf } from "./kept";
import { type Command, rank, Recent } from "./palette";

const command = (title: string, keywords = ""): Command => ({
  id: title,
  kind: "Task",
  title,
  keywords,
  run: () => undefined,
});

const COMMANDS = [
  command("Sign out"),
  command("Design the shop", "WEB-12"),
  command("Assign people", "WEB-13"),
  command("New task"),
];

const titles = (query: string, recent: string[] = []) =>
  rank(COMMANDS, query, recent).map(({ title }) => title);

test("a title that begins so stands before one that holds it", () => {
  expect(titles("sign")).toEqual(["Sign out", "Design the shop", "Assign people"]);
});

test("what is called exactly so stands first", () => {
  const commands = [command("Settings of Web"), command("Settings")];
  expect(rank(commands, "settings", ["Settings of Web"])[0]!.title).toBe("Settings");
});

test("the beginning of a word stands before its middle, and letters in their order come last", () => {
  expect(titles("s")).toEqual(["Sign out", "Design the shop", "Assign people", "New task"]);
  expect(titles("ntk")).toEqual(["New task"]);
});

test("every word must be found, in title or key, in any order and case", () => {
  expect(titles("SHOP web-12")).toEqual(["Design the shop"]);
  expect(titles("web")).toEqual(["Design the shop", "Assign people"]);
  expect(titles("13")).toEqual(["Assign people"]);
  expect(titles("shop 13")).toEqual([]);
});

test("without a query what was chosen last stands first", () => {
  expect(titles("", ["New task", "Assign people"])).toEqual([
    "New task",
    "Assign people",
    "Sign out",
    "Design the shop",
  ]);
});

test("what was chosen last does not overtake what matches better", () => {
  expect(titles("sign", ["Assign people"])[0]).toBe("Sign out");
  expect(titles("web", ["Assign people"])).toEqual(["Assign people", "Design the shop"]);
});

test("of thousands fifty are shown", () => {
  const many = Array.from({ length: 2_000 }, (_, index) => command(`Task ${index}`));
  expect(rank(many, "task", [])).toHaveLength(50);
});

test("the last six choices are remembered, each once", () => {
  const shelf = memoryShelf();
  for (const id of ["a", "b", "c", "d", "e", "f", "g", "b"]) new Recent(shelf).add(id);
  expect(new Recent(shelf).ids).toEqual(["b", "g", "f", "e", "d", "c"]);
});

test("what was kept in another form counts nothing", () => {
  const shelf = memoryShelf();
  for (const kept of ["{", '{"a":1}', "[1]"]) {
    shelf.setItem("sprintwall.recent-commands", kept);
    expect(new Recent(shelf).ids).toEqual([]);
  }
});
