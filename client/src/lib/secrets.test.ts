import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { forgetSecret, takeSecret } from "./secrets";

const replaced = vi.fn();
let kept: Map<string, string>;

beforeEach(() => {
  kept = new Map();
  vi.stubGlobal("history", { state: null, replaceState: replaced });
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  replaced.mockReset();
});

function at(hash: string): void {
  vi.stubGlobal("window", { location: { hash, pathname: "/join", search: "?error=x" } });
}

test("a secret leaves the address bar and stays in the tab until it was used", () => {
  at("#abc%3Adef");
  expect(takeSecret("join")).toBe("abc:def");
  expect(replaced).toHaveBeenCalledWith(null, "", "/join?error=x");
  at("");
  expect(takeSecret("join")).toBe("abc:def");
  expect(takeSecret("shared")).toBeNull();
  forgetSecret("join");
  expect(takeSecret("join")).toBeNull();
});

test("a newer link counts, also one that is written oddly", () => {
  at("#first");
  takeSecret("join");
  at("#100%");
  expect(takeSecret("join")).toBe("100%");
});

test("where storage is forbidden the secret holds for the page", () => {
  const forbidden = () => {
    throw new Error("SecurityError");
  };
  vi.stubGlobal("sessionStorage", {
    getItem: forbidden,
    setItem: forbidden,
    removeItem: forbidden,
  });
  at("#abc");
  expect(takeSecret("join")).toBe("abc");
  at("");
  expect(takeSecret("join")).toBeNull();
  forgetSecret("join");
});
