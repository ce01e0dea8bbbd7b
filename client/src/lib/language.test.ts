import { describe, expect, test } from "vitest";
import { chosenIn, cookieFor, localeFor } from "./language";

describe("the chosen language", () => {
  test.each([
    ["", null],
    ["csrftoken=x; sprintwall-language=de", "de"],
    ["sprintwall-language=en; csrftoken=x", "en"],
    ["sprintwall-language=tlh", null],
    ["not-sprintwall-language=de", null],
  ])("is read from %s", (cookies, chosen) => {
    expect(chosenIn(cookies)).toBe(chosen);
  });

  test("is kept for a year, or given up", () => {
    expect(cookieFor("de")).toBe("sprintwall-language=de; path=/; max-age=31536000; samesite=lax");
    expect(cookieFor(null)).toContain("max-age=0");
  });
});

test("dates are written as in the browser's region where the language is the page's", () => {
  expect(localeFor("en", ["de-DE", "en-GB", "en-US"])).toBe("en-GB");
  expect(localeFor("de", ["en-GB"])).toBe("de");
});
