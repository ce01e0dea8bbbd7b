import { expect, test } from "vitest";
import { Options } from "./options.svelte";

const press = (options: Options, key: string) =>
  options.keydown({ key, preventDefault: () => undefined });

test("arrow keys walk the options, round their ends", () => {
  const options = new Options(() => 3);
  press(options, "ArrowDown");
  press(options, "ArrowDown");
  expect(options.active).toBe(2);
  press(options, "ArrowDown");
  expect(options.active).toBe(0);
  press(options, "ArrowUp");
  expect(options.active).toBe(2);
});

test("the active one stays within fewer options", () => {
  let count = 3;
  const options = new Options(() => count);
  options.active = 2;
  count = 1;
  expect(options.active).toBe(0);
  count = 0;
  expect(options.active).toBe(-1);
});

test("other keys, and arrows without options, are left to the field", () => {
  expect(press(new Options(() => 3), "a")).toBe(false);
  expect(press(new Options(() => 0), "ArrowDown")).toBe(false);
});
