import { expect, test } from "vitest";
import { indexOn, nearest, wayOf } from "./walking";

test("keys lead where they point, and across the other way where one reads from the right", () => {
  expect(["ArrowLeft", "ArrowDown", "Home", "x"].map((key) => wayOf(key, false))).toEqual([
    "left",
    "down",
    "first",
    null,
  ]);
  expect(["ArrowLeft", "ArrowRight", "ArrowUp"].map((key) => wayOf(key, true))).toEqual([
    "right",
    "left",
    "up",
  ]);
});

test.each([
  ["up", 1, 3, 0],
  ["up", 0, 3, null],
  ["down", 1, 3, 2],
  ["down", 2, 3, null],
  ["first", 2, 3, 0],
  ["last", 0, 3, 2],
  ["last", -1, 0, null],
] as const)("%s from %i of %i", (way, index, length, expected) => {
  expect(indexOn(way, index, length)).toBe(expected);
});

test.each([
  [-100, 0],
  [14, 0],
  [16, 1],
  [49, 2],
  [1000, 4],
])("what is nearest to %i has index %i", (wanted, expected) => {
  const values = [10, 20, 50, 51, 90];
  expect(nearest(values.length, (index) => values[index]!, wanted)).toBe(expected);
});

test("of a long column few cards are measured", () => {
  let measured = 0;
  const valueAt = (index: number) => ((measured += 1), index);
  expect(nearest(2_000, valueAt, 1_234)).toBe(1_234);
  expect(measured).toBeLessThan(30);
});
