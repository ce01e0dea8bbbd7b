import { expect, test } from "vitest";
import { Look, Preference } from "./preference.svelte";

const VALUES = ["all", "mine", "off"] as const;

function shelf(content: Record<string, string> = {}) {
  return {
    content,
    getItem: (key: string) => content[key] ?? null,
    setItem: (key: string, value: string) => void (content[key] = value),
  };
}

test("the first value holds until another is chosen, which is remembered", () => {
  const kept = shelf();
  const preference = new Preference("announcements", VALUES, kept);
  expect(preference.current).toBe("all");
  preference.choose("off");
  expect(preference.current).toBe("off");
  expect(new Preference("announcements", VALUES, kept).current).toBe("off");
});

test("what is no value is ignored", () => {
  const kept = shelf({ "sprintwall.announcements": "<script>" });
  expect(new Preference("announcements", VALUES, kept).current).toBe("all");
});

test("where nothing can be stored a choice holds for the page", () => {
  const setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  const preference = new Preference("x", VALUES, { ...shelf(), setItem });
  preference.choose("mine");
  expect(preference.current).toBe("mine");
});

test("a look stands on the root, after a reload too, unless it is the first", () => {
  const kept = shelf();
  const lookOn = (root: HTMLElement) => new Look("fit", ["roomy", "tight"], root, kept);
  const [root, reloaded] = [{ dataset: {} }, { dataset: {} }] as HTMLElement[];
  const look = lookOn(root!);
  expect(root!.dataset.fit).toBeUndefined();
  look.choose("tight");
  expect(root!.dataset.fit).toBe("tight");
  const again = lookOn(reloaded!);
  expect(reloaded!.dataset.fit).toBe("tight");
  again.choose("roomy");
  expect(reloaded!.dataset.fit).toBeUndefined();
});
