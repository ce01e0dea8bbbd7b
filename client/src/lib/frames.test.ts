import { beforeEach, expect, test } from "vitest";
import { inStepWithFrames } from "./frames";

let taken: number[][];
let isVisible: boolean;
let draw: (() => void) | null;
let offer: (things: number[]) => void;

beforeEach(() => {
  taken = [];
  isVisible = true;
  draw = null;
  offer = inStepWithFrames((things) => taken.push(things), {
    areDrawn: () => isVisible,
    next: (due) => (draw = due),
  });
});

test("the first things are handed on at once", () => {
  offer([1, 2]);
  expect(taken).toEqual([[1, 2]]);
});

test("what comes before the next frame is handed on with it, in one go", () => {
  offer([1]);
  offer([2]);
  offer([3, 4]);
  expect(taken).toEqual([[1]]);
  draw!();
  expect(taken).toEqual([[1], [2, 3, 4]]);
});

test("a frame before which nothing came hands on nothing, and the next thing is the first again", () => {
  offer([1]);
  draw!();
  offer([2]);
  expect(taken).toEqual([[1], [2]]);
});

test("a hidden page waits for no frame, not even with what waited for one", () => {
  offer([1]);
  offer([2]);
  isVisible = false;
  offer([3]);
  expect(taken).toEqual([[1], [2, 3]]);
  draw!();
  expect(taken).toEqual([[1], [2, 3]]);
});
