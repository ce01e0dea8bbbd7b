import { expect, test } from "vitest";
import { idsOf, idsText, isSameValue, mergedIds } from "./field-values";

test("values are the same by what they hold", () => {
  expect(isSameValue([1, 2], [1, 2])).toBe(true);
  expect(isSameValue([1, 2], [1])).toBe(false);
  expect(isSameValue(null, "")).toBe(false);
  expect(isSameValue(false, false)).toBe(true);
});

test.each([
  { base: [1, 2], mine: [1, 2, 5], theirs: [1, 2], merged: [1, 2, 5] },
  { base: [1, 2], mine: [1], theirs: [1, 2, 3], merged: [1, 3] },
  { base: [1, 2], mine: [1, 2, 4], theirs: [2, 3], merged: [2, 3, 4] },
  { base: [], mine: [4], theirs: [4], merged: [4] },
  { base: [4], mine: [], theirs: [], merged: [] },
])("two people's changes of a list both hold: %j", ({ base, mine, theirs, merged }) => {
  expect(mergedIds(base, mine, theirs)).toEqual(merged);
});

test("a list goes through a form's text and back", () => {
  expect(idsOf(idsText([3, 5]))).toEqual([3, 5]);
  expect(idsOf(idsText([]))).toEqual([]);
});
