import { expect, test } from "vitest";
import { edgeSpeed } from "./edge-speed";

test.each([
  ["in the middle", 500, 100, 0],
  ["near the end", 972, 100, 450],
  ["at the end and beyond", 1050, 100, 900],
  ["near the start", 28, -100, -450],
  ["near the end, but never moved there", 972, 5, 0],
  ["near the end, on the way back", 972, -100, 0],
])("%s of a list", (_, at, moved, speed) => {
  expect(edgeSpeed(at, 0, 1000, moved)).toBe(speed);
});
