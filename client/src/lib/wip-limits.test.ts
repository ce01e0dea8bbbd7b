import { expect, test } from "vitest";
import { limitsGiven } from "./wip-limits";

test("only the limits that differ are changed", () => {
  expect(limitsGiven(["", "3", " 5 ", ""], { 2: 3, 4: 9 })).toEqual({ 3: 5, 4: null });
});

test.each(["0", "-1", "1000", "2.5", "three", "1e2"])("%s is no limit", (text) => {
  expect(() => limitsGiven(["", text, "", ""], {})).toThrow("The limit of In Progress must be");
});
