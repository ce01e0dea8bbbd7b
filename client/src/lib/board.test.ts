import { describe, expect, test } from "vitest";
import { apply, applyAll, type BoardState, canonical, fromSnapshot, upsertTask } from "./board";
import { FakeServer } from "./testing-server";
import { event, member, PROJECT, snapshot, SPRINT, task, taskEvent } from "./testing";
import type { BoardEvent } from "./types";

const held = (state: BoardState, id: number) => state.tasks.get(id);

describe("tasks", () => {
  test("are added, updated and removed", () => {
    let state = fromSnapshot(snapshot());
    state = apply(state, taskEvent("sprint.7", 1, task(5)));
    state = apply(state, taskEvent("sprint.7", 2, task(5, { status: 2, version: 2 })));
    expect(held(state, 5)).toMatchObject({ status: 2, version: 2 });
    const remove = { model: "task", action: "remove", id: 5, version: 3, body: null } as const;
    state = apply(state, event("sprint.7", 3, remove));
    expect(held(state, 5)).toBeUndefined();
    expect(state.deleted.has(5)).toBe(true);
  });

  test("are placed by their body, never by the channel", () => {
    const state = fromSnapshot(snapshot([task(5)]));
    const moved = apply(state, taskEvent("project.1", 1, task(5, { sprint: null, version: 2 })));
    expect(held(moved, 5)?.sprint).toBeNull();
  });

  test("that went to another sprint are dropped, and stale news does not bring them back", () => {
    let state = fromSnapshot(snapshot([task(5, { sprint: null })]));
    state = apply(state, taskEvent("project.1", 1, task(5, { sprint: 8, version: 3 })));
    expect(held(state, 5)).toBeUndefined();
    state = apply(state, taskEvent("sprint.7", 1, task(5, { version: 2 })));
    expect(held(state, 5)).toBeUndefined();
    expect(state.deleted.has(5)).toBe(false);
  });

  test("that were removed stay so until a newer version comes", () => {
    let state = fromSnapshot(snapshot([task(5)]));
    const remove = { model: "task", action: "remove", id: 5, version: 2, body: null } as const;
    state = apply(state, event("sprint.7", 1, remove));
    state = apply(state, taskEvent("project.1", 1, task(5, { version: 2 })));
    expect(held(state, 5)).toBeUndefined();
    state = apply(state, taskEvent("sprint.7", 2, task(5, { version: 3 })));
    expect(held(state, 5)?.version).toBe(3);
  });

  test("of another project's backlog are no part of the board", () => {
    const state = fromSnapshot(snapshot());
    const foreign = task(5, { sprint: null, project: 2 });
    expect(held(apply(state, taskEvent("project.1", 1, foreign)), 5)).toBeUndefined();
  });

  test("lose their description and links, and keep whether there is one", () => {
    const state = fromSnapshot(snapshot());
    const described = task(5, { description: "Why", has_description: true });
    const card = held(apply(state, taskEvent("sprint.7", 1, described)), 5);
    expect(card).toMatchObject({ has_description: true });
    expect(card).not.toHaveProperty("description");
    expect(card).not.toHaveProperty("links");
  });

  test("with an omitted description have one", () => {
    const state = fromSnapshot(snapshot());
    const { description: _, has_description: __, ...body } = task(5);
    const omitted = event("sprint.7", 1, {
      ...{ model: "task", action: "add", id: 5, version: 1, body },
      omitted: ["description"],
    });
    expect(held(apply(state, omitted), 5)?.has_description).toBe(true);
  });

  test("that nothing touched stay the same object", () => {
    const state = fromSnapshot(snapshot([task(5), task(6)]));
    const next = apply(state, taskEvent("sprint.7", 1, task(5, { version: 2 })));
    expect(held(next, 6)).toBe(held(state, 6));
    expect(held(state, 5)?.version).toBe(1);
  });

  test("from an HTTP answer are taken only when newer", () => {
    const state = fromSnapshot(snapshot([task(5, { version: 4 })]));
    expect(upsertTask(state, task(5, { version: 4, name: "Old" }))).toBe(state);
    expect(held(upsertTask(state, task(5, { version: 5, name: "New" })), 5)?.name).toBe("New");
  });
});

describe("positions", () => {
  test("advance with each event, and a repeated event changes nothing", () => {
    const state = fromSnapshot(snapshot());
    const once = apply(state, taskEvent("sprint.7", 1, task(5)));
    expect(once.positions.get("sprint.7")).toEqual({ epoch: "a", seq: 1, change: "c1" });
    expect(apply(once, taskEvent("sprint.7", 1, task(5, { version: 9 })))).toBe(once);
  });

  test("of another epoch are taken as they come", () => {
    const state = fromSnapshot(snapshot());
    const other = { ...taskEvent("sprint.7", 1, task(5)), epoch: "b" };
    expect(apply(state, other).positions.get("sprint.7")).toMatchObject({ epoch: "b", seq: 1 });
  });
});

describe("column order", () => {
  const order = (channel: string, seq: number, orders: Record<string, number>, version = 1) => {
    const versions = Object.fromEntries(Object.keys(orders).map((id) => [id, version]));
    return {
      ...{ v: 1, channel, epoch: "a", seq, actor: "ben", origin: null },
      ...{ model: "column", action: "order", sprint: null, status: 1, order: orders, versions },
    } as BoardEvent;
  };

  test("sets the order of the listed tasks and leaves versions alone", () => {
    const state = fromSnapshot(snapshot([task(5, { sprint: null })]));
    const next = apply(state, order("project.1", 1, { 5: 10, 99: 20 }));
    expect(held(next, 5)).toMatchObject({ order: 10, version: 1 });
  });

  test("passes over tasks that have left the column", () => {
    const state = fromSnapshot(snapshot([task(5, { order: 3 })]));
    expect(held(apply(state, order("project.1", 1, { 5: 10 })), 5)?.order).toBe(3);
  });

  test("that is older than a body which came ahead by another way does not win", () => {
    // On the server: renumbered, then moved away, then back to the backlog with order 500.
    const back = task(5, { sprint: null, order: 500, version: 3 });
    let state = fromSnapshot(snapshot([task(5, { sprint: null })]));
    state = apply(state, taskEvent("sprint.7", 2, back));
    state = apply(state, order("project.1", 1, { 5: 10 }));
    expect(held(state, 5)?.order).toBe(500);
    state = apply(state, taskEvent("project.1", 3, back));
    state = apply(state, order("project.1", 4, { 5: 20 }, 3));
    expect(held(state, 5)?.order).toBe(20);
  });

  test("that was made after a body is not undone by its repetition", () => {
    const state = fromSnapshot(snapshot([task(5, { sprint: null })]));
    const numbered = apply(state, order("project.1", 1, { 5: 10 }));
    const repeated = upsertTask(numbered, task(5, { sprint: null }));
    expect(held(repeated, 5)?.order).toBe(10);
  });
});

describe("the rest of the board", () => {
  test("follows the sprint, and knows when it was deleted", () => {
    let state = fromSnapshot(snapshot());
    const body = {
      ...SPRINT,
      name: "Eight",
      title: "Eight",
      version: 2,
      description: "x",
      links: {},
    };
    const update = { model: "sprint", action: "update", id: 7, version: 2, body } as const;
    state = apply(state, event("project.1", 1, update));
    expect(state.sprint).toEqual({ ...SPRINT, name: "Eight", title: "Eight", version: 2 });
    const remove = { model: "sprint", action: "remove", id: 7, version: 3, body: null } as const;
    expect(apply(state, event("project.1", 2, remove)).isSprintGone).toBe(true);
  });

  test("does not mind other sprints", () => {
    const state = fromSnapshot(snapshot());
    const body = { ...SPRINT, id: 8, version: 2 };
    const add = { model: "sprint", action: "add", id: 8, version: 2, body } as const;
    expect(apply(state, event("project.1", 1, add)).sprint).toBe(state.sprint);
  });

  test("follows the project", () => {
    const body = { ...PROJECT, name: "Shop", version: 2, links: {} };
    const update = { model: "project", action: "update", id: 1, version: 2, body } as const;
    const next = apply(fromSnapshot(snapshot()), event("project.1", 1, update));
    expect(next.project).toEqual({ ...PROJECT, name: "Shop", version: 2 });
  });

  test("follows members who come, change and go", () => {
    const change = (seq: number, action: "add" | "update" | "remove", version: number) =>
      event("project.1", seq, {
        ...{ model: "membership", action, id: 2, version },
        body: action === "remove" ? null : { ...member(2, { role: "viewer", version }), links: {} },
      });
    let state = apply(fromSnapshot(snapshot()), change(1, "add", 1));
    expect(state.members.get(2)).toEqual(member(2, { role: "viewer" }));
    state = applyAll(state, [change(2, "remove", 3), change(3, "update", 2)]);
    expect(state.members.has(2)).toBe(false);
  });
});

describe("old state + events = freshly loaded state", () => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "for random changes, seed %i",
    (seed) => {
      const server = new FakeServer(seed);
      server.change(20);
      const loaded = fromSnapshot(server.snapshot());
      const positions = loaded.positions;
      server.change(60);
      const events = server.interleaved(positions);
      const oneByOne = events.reduce(apply, loaded);
      const fresh = canonical(fromSnapshot(server.snapshot()));
      expect(canonical(oneByOne)).toEqual(fresh);
      expect(canonical(applyAll(loaded, events))).toEqual(fresh);
      expect(canonical(applyAll(oneByOne, events))).toEqual(fresh);
    },
  );

  test.each(Array.from({ length: 20 }, (_, seed) => seed))(
    "with a late snapshot, seed %i",
    (seed) => {
      const server = new FakeServer(seed + 1000);
      server.change(30);
      const early = fromSnapshot(server.snapshot()).positions;
      server.change(10);
      const loaded = fromSnapshot(server.snapshot());
      server.change(30);
      const events = server.interleaved(early);
      const fresh = canonical(fromSnapshot(server.snapshot()));
      expect(canonical(applyAll(loaded, events))).toEqual(fresh);
    },
  );
});
