import { expect, test } from "vitest";
import { proposedKey } from "./project-key";

test.each([
  ["Website", "WEB"],
  ["Web shop", "WS"],
  ["the very long name of it", "TVLN"],
  ["Ümläute", "UML"],
  ["2026 plans", "PLA"],
  ["Go", "GO"],
  ["", ""],
  ["日本", ""],
])("%s is %s", (name, key) => {
  expect(proposedKey(name)).toBe(key);
});
