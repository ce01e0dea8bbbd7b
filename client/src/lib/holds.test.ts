import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Holds } from "./holds.svelte";
import type { HoldAction } from "./protocol";

let said: string[];
let holds: Holds;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  holds = new Holds((action, id) => said.push(`${action} ${id}`));
});

afterEach(() => {
  holds.stop();
  vi.useRealTimers();
});

const note = (action: HoldAction, actor = "ben") =>
  holds.note({ model: "task", id: 5, action, actor });

test("others' hands come and go", () => {
  note("dragstart");
  expect(holds.others.get(5)).toEqual({ actor: "ben", kind: "drag" });
  note("drop");
  expect(holds.others.get(5)).toBeUndefined();
});

test("a hand that is not renewed for 6 s is gone", () => {
  note("editstart");
  vi.advanceTimersByTime(5_000);
  note("editstart");
  vi.advanceTimersByTime(5_999);
  expect(holds.others.get(5)).toEqual({ actor: "ben", kind: "edit" });
  vi.advanceTimersByTime(1);
  expect(holds.others.get(5)).toBeUndefined();
});

test("the end of one person's hold does not end another's", () => {
  note("dragstart", "ana");
  note("dragend", "ben");
  expect(holds.others.get(5)?.actor).toBe("ana");
});

test("a new connection replaces all that was known", () => {
  note("dragstart");
  holds.reset([{ model: "task", id: 6, action: "editstart", actor: "ana" }]);
  expect(holds.others.get(5)).toBeUndefined();
  expect(holds.others.get(6)).toEqual({ actor: "ana", kind: "edit" });
});

test("one's own hold is said at once, renewed every 2 s and ended once", () => {
  holds.grab("drag", 5);
  holds.grab("drag", 5);
  vi.advanceTimersByTime(4_500);
  holds.release("drag", 5);
  holds.release("drag", 5);
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual(["dragstart 5", "dragstart 5", "dragstart 5", "drop 5"]);
});

test("editing ends in its own words", () => {
  holds.grab("edit", 5);
  holds.release("edit", 5);
  expect(said).toEqual(["editstart 5", "editend 5"]);
});
