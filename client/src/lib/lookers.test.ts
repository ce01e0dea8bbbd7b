import { beforeEach, expect, test } from "vitest";
import { Lookers } from "./lookers.svelte";
import type { LookAction } from "./protocol";
import { FakeTime } from "./testing-socket";

let time: FakeTime;
let said: string[];
let lookers: Lookers;

beforeEach(() => {
  time = new FakeTime();
  said = [];
  lookers = new Lookers("me", (action, id) => said.push(`${action} ${id}`), time.after);
});

const note = (action: LookAction, actor: string, conn = actor, id = 5) =>
  lookers.note({ model: "task", id, action, actor, conn });

test("others come and go", () => {
  note("lookstart", "ana");
  note("lookstart", "ben");
  note("lookstart", "ana");
  expect(lookers.others.get(5)).toEqual(["ana", "ben"]);
  note("lookend", "ana");
  note("lookend", "ben");
  expect(lookers.others.get(5)).toBeUndefined();
});

test("a person with two windows is there once, until the last is closed", () => {
  note("lookstart", "ana", "a1");
  note("lookstart", "ana", "a2");
  expect(lookers.others.get(5)).toEqual(["ana"]);
  note("lookend", "ana", "a1");
  expect(lookers.others.get(5)).toEqual(["ana"]);
  note("lookend", "ana", "a2");
  expect(lookers.others.get(5)).toBeUndefined();
});

test("one's own other window is nobody else", () => {
  note("lookstart", "me", "other window");
  expect(lookers.others.get(5)).toBeUndefined();
});

test("who is silent for 25 s is gone", async () => {
  note("lookstart", "ana");
  await time.advance(24_000);
  note("lookstart", "ana");
  await time.advance(24_999);
  expect(lookers.others.get(5)).toEqual(["ana"]);
  await time.advance(1);
  expect(lookers.others.get(5)).toBeUndefined();
});

test("one's own look is said at once, every 10 s, and ended once", async () => {
  lookers.open(5);
  lookers.open(5);
  await time.advance(25_000);
  lookers.close(5);
  lookers.close(5);
  await time.advance(60_000);
  expect(said).toEqual(["lookstart 5", "lookstart 5", "lookstart 5", "lookend 5"]);
});

test("a newcomer to an open task is answered at once, and once", () => {
  lookers.open(5);
  note("lookstart", "ana");
  note("lookstart", "ana");
  note("lookstart", "ben", "ben", 6);
  expect(said).toEqual(["lookstart 5", "lookstart 5"]);
});

test("an answer puts the next renewal off", async () => {
  lookers.open(5);
  await time.advance(9_000);
  note("lookstart", "ana");
  await time.advance(9_000);
  expect(said).toHaveLength(2);
});

test("over a new connection everything open is told anew", () => {
  lookers.open(5);
  lookers.renew();
  expect(said).toEqual(["lookstart 5", "lookstart 5"]);
});

test("without a connection nobody is known, and who comes back is met anew", () => {
  note("lookstart", "ana");
  lookers.forgetOthers();
  expect(lookers.others.get(5)).toBeUndefined();
  note("lookstart", "ana");
  expect(lookers.others.get(5)).toEqual(["ana"]);
});

test("leaving the board closes what was open", async () => {
  lookers.open(5);
  note("lookstart", "ana");
  lookers.stop();
  await time.advance(60_000);
  expect(said).toEqual(["lookstart 5", "lookstart 5", "lookend 5"]);
});
