import { beforeEach, expect, test } from "vitest";
import { type Announcements, Announcer, sentence } from "./announcer";
import { FakeTime } from "./testing-socket";

let time: FakeTime;
let said: string[];
let level: Announcements;
let announcer: Announcer;

beforeEach(() => {
  time = new FakeTime();
  said = [];
  level = "all";
  const voices = {
    own: (text: string) => said.push(`own: ${text}`),
    others: (text: string) => said.push(`others: ${text}`),
  };
  announcer = new Announcer(voices, () => level, time.after);
});

const moved = { name: "Ana", words: "moved WEB-12 Tables to Testing" };
const added = { name: "Ben", words: "added WEB-13 Chairs to Done" };

test("one's own doing is told at once", () => {
  announcer.own("Moved WEB-12 to Testing");
  expect(said).toEqual(["own: Moved WEB-12 to Testing"]);
});

test("what is told twice in a moment is said once, and later again", async () => {
  for (let telling = 0; telling < 2; telling++) announcer.own("Moved WEB-12 up");
  await time.advance(300);
  announcer.own("Moved WEB-12 up");
  expect(said).toHaveLength(2);
});

test("what another person does is told in full, after a moment", async () => {
  announcer.others(moved);
  await time.advance(1_999);
  expect(said).toEqual([]);
  await time.advance(1);
  expect(said).toEqual(["others: Ana moved WEB-12 Tables to Testing"]);
});

test("what others do within two seconds is one sentence", async () => {
  for (const doing of [moved, added, moved, moved, added]) announcer.others(doing);
  await time.advance(2_000);
  announcer.others(added);
  await time.advance(2_000);
  expect(said).toEqual([
    "others: Ana and Ben made 5 changes",
    "others: Ben added WEB-13 Chairs to Done",
  ]);
});

test("a flood gives one sentence in two seconds", async () => {
  for (let change = 0; change < 100; change++) {
    announcer.others(moved);
    await time.advance(100);
  }
  expect(said).toHaveLength(5);
});

test.each([
  ["all", ["own: mine", "others: Ana moved WEB-12 Tables to Testing"]],
  ["mine", ["own: mine"]],
  ["off", []],
] as const)("with %s so much is told", async (chosen, expected) => {
  level = chosen;
  announcer.own("mine");
  announcer.others(moved);
  await time.advance(2_000);
  expect(said).toEqual(expected);
});

test.each([
  [["Ana", "Ana"], "Ana made 2 changes"],
  [["Ana", "Ben", "Cat"], "Ana, Ben and 1 other made 3 changes"],
  [["Ana", "Ben", "Cat", "Dan"], "Ana, Ben and 2 others made 4 changes"],
])("%s become a sentence", (names, expected) => {
  expect(sentence(names.map((name) => ({ name, words: "did it" })))).toBe(expected);
});
