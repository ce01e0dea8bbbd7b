import { expect, test } from "vitest";
import { Folded } from "./folded.svelte";
import { memoryShelf } from "./kept";

test("what is folded stays so for its project", () => {
  const storage = memoryShelf();
  new Folded(1, storage).toggle("3");
  expect(new Folded(1, storage).has("3")).toBe(true);
  expect(new Folded(2, storage).has("3")).toBe(false);
  new Folded(1, storage).toggle("3");
  expect(new Folded(1, storage).has("3")).toBe(false);
});

test.each(["{", "5", '{"a": 1}', "[1]"])("storage that holds %s folds nothing", (stored) => {
  const storage = memoryShelf();
  storage.setItem("sprintwall.folded.1", stored);
  expect(new Folded(1, storage).has("1")).toBe(false);
});
