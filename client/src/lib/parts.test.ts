import { beforeEach, describe, expect, test } from "vitest";
import { Parts } from "./parts.svelte";
import { taskEvent, task } from "./testing";
import { comment, partEvent } from "./testing-details";
import type { Comment } from "./types";

describe("a list that events and answers tell of in any order", () => {
  let parts: Parts<Comment>;
  let answers: ((list: Comment[] | Error) => void)[];

  beforeEach(() => {
    answers = [];
    parts = new Parts<Comment>(5, {
      model: "comment",
      read: () =>
        new Promise((resolve, reject) =>
          answers.push((list) => (list instanceof Error ? reject(list) : resolve(list))),
        ),
      compare: (one, other) => one.id - other.id,
    });
  });

  const ids = () => parts.list.map(({ id }) => id);

  async function loaded(...list: Comment[]): Promise<void> {
    const loading = parts.load();
    answers.at(-1)!(list);
    await loading;
  }

  function removal(id: number, version: number) {
    return partEvent("comment", { id, version }, { action: "remove", body: null });
  }

  test("is loaded in its order", async () => {
    await loaded(comment(3), comment(1));
    expect(ids()).toEqual([1, 3]);
    expect(parts.isLoaded).toBe(true);
  });

  test("keeps what came by an event while an older list was under way", async () => {
    const loading = parts.load();
    parts.receive(partEvent("comment", comment(2)));
    answers[0]!([comment(1)]);
    await loading;
    expect(ids()).toEqual([1, 2]);
  });

  test("does not bring back what an event removed while the list was under way", async () => {
    const loading = parts.load();
    parts.receive(removal(1, 2));
    answers[0]!([comment(1), comment(2)]);
    await loading;
    expect(ids()).toEqual([2]);
  });

  test("forgets what a newer list does not have any more", async () => {
    await loaded(comment(1), comment(2));
    await loaded(comment(2));
    expect(ids()).toEqual([2]);
  });

  test("ignores what is older than what is held or was removed", async () => {
    await loaded(comment(1, { version: 3, text: "new" }));
    parts.receive(partEvent("comment", comment(1, { version: 2, text: "old" })));
    expect(parts.get(1)?.text).toBe("new");
    parts.receive(removal(1, 2));
    expect(ids()).toEqual([1]);
    parts.receive(removal(1, 4));
    parts.take(comment(1, { version: 3 }));
    expect(ids()).toEqual([]);
  });

  test("takes back what was restored after it was removed", async () => {
    await loaded(comment(1));
    parts.drop(1);
    parts.receive(partEvent("comment", comment(1, { version: 3 }), { action: "add" }));
    expect(ids()).toEqual([1]);
  });

  test("has no part of other tasks and other kinds", async () => {
    await loaded();
    parts.receive(partEvent("comment", comment(1, { task: 6 })));
    parts.receive(partEvent("attachment", comment(2)));
    parts.receive(taskEvent("sprint.7", 1, task(5)));
    expect(ids()).toEqual([]);
  });

  test("is loaded anew when a text was too big for the wire", async () => {
    await loaded(comment(1));
    const { text: _, ...body } = comment(1, { version: 2 });
    parts.receive(partEvent("comment", body, { omitted: ["text"] }));
    answers[1]!([comment(1, { version: 2, text: "long" })]);
    await expect.poll(() => parts.get(1)?.text).toBe("long");
  });

  test("keeps what it has when it cannot be loaded, and says why", async () => {
    await loaded(comment(1));
    const loading = parts.load();
    answers[1]!(new Error("away"));
    await loading;
    expect(ids()).toEqual([1]);
    expect(parts.failure?.message).toBe("away");
    await loaded(comment(1));
    expect(parts.failure).toBeNull();
  });

  test("of two that are under way the one asked for last counts", async () => {
    const both = [parts.load(), parts.load()];
    answers[1]!([comment(2)]);
    answers[0]!([comment(1)]);
    await Promise.all(both);
    expect(ids()).toEqual([2]);
  });
});
