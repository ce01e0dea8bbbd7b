import { expect, test } from "vitest";
import { RootChoice } from "./root-choice.svelte";
import { memoryShelf } from "./kept";

const VALUES = ["roomy", "tight"] as const;

function pageWith(storage = memoryShelf()) {
  const root = { dataset: {} } as HTMLElement;
  return { root, choice: new RootChoice("fit", VALUES, storage, root) };
}

test("what was chosen holds after a reload, and the first value leaves no mark", () => {
  const storage = memoryShelf();
  const { root, choice } = pageWith(storage);
  expect([choice.current, root.dataset.fit]).toEqual(["roomy", undefined]);
  choice.choose("tight");
  expect(root.dataset.fit).toBe("tight");
  const again = pageWith(storage);
  expect([again.choice.current, again.root.dataset.fit]).toEqual(["tight", "tight"]);
  again.choice.choose("roomy");
  expect(again.root.dataset.fit).toBeUndefined();
});

test("what is no value, and storage that is forbidden, leave the first", () => {
  const storage = memoryShelf();
  storage.setItem("sprintwall.fit", "enormous");
  expect(pageWith(storage).choice.current).toBe("roomy");
  const forbidden = () => {
    throw new Error("forbidden");
  };
  const { choice } = pageWith({ ...memoryShelf(), getItem: forbidden, setItem: forbidden });
  choice.choose("tight");
  expect(choice.current).toBe("tight");
});
