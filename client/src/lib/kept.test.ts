import { describe, expect, test } from "vitest";
import { Kept, lastMe, memoryShelf, rememberMe, removeOtherSchemas } from "./kept";
import type { Me } from "./types";

const ANA = { id: 2, username: "ana" } as Me;

describe("kept entries", () => {
  test("are one person's", () => {
    const shelf = memoryShelf();
    const [ana, ben] = ["ana", "ben"].map((name) => new Kept<number>(shelf, "outbox", name));
    ana!.set("x", 1);
    ben!.set("y", 2);
    expect([ana!.all(), ben!.all()]).toEqual([[1], [2]]);
    expect([ana!.has("x"), ana!.has("y")]).toEqual([true, false]);
    ana!.clear();
    expect([ana!.all(), ben!.all()]).toEqual([[], [2]]);
  });

  test("that cannot be read are passed over", () => {
    const shelf = memoryShelf();
    shelf.setItem("sprintwall.1.outbox.ana.x", "{");
    expect(new Kept(shelf, "outbox", "ana").all()).toEqual([]);
  });

  test("of another schema are removed, and nothing else", () => {
    const shelf = memoryShelf();
    const own = ["sprintwall.1.me", "sprintwall.theme", "other"];
    for (const key of ["sprintwall.0.me", "sprintwall.2.outbox.ana.x", ...own])
      shelf.setItem(key, "1");
    removeOtherSchemas(shelf);
    expect(shelf.keys()).toEqual(own);
  });
});

test("who was signed in last is remembered until they sign out", () => {
  const shelf = memoryShelf();
  rememberMe(shelf, ANA);
  expect(lastMe(shelf)).toEqual(ANA);
  rememberMe(shelf, null);
  expect(lastMe(shelf)).toBeNull();
});
