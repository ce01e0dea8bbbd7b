import { expect, test } from "vitest";
import { plural } from "./plural";

test.each([
  [0, "0 days left"],
  [1, "1 day left"],
  [1_500, "1,500 days left"],
])("%d takes its form", (number, words) => {
  expect(plural(number, ["# day left", "# days left"])).toBe(words);
});
