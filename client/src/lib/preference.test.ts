import { expect, test } from "vitest";
import { Preference } from "./preference.svelte";

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
