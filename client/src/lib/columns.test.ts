import { describe, expect, test } from "vitest";
import { fromSnapshot, upsertTask } from "./board";
import {
  type Anchor,
  anchorOf,
  arrange,
  columnOf,
  isSamePlace,
  placeOf,
  pointsOf,
  provisionalOrder,
  keepEqual,
} from "./columns";
import { snapshot, task } from "./testing";

const ids = (cards: readonly { id: number }[]) => cards.map(({ id }) => id);

test("a column and a place stand for each other", () => {
  expect(columnOf(placeOf("backlog", 7))).toBe("backlog");
  expect(columnOf(placeOf(3, 7))).toBe(3);
});

describe("arranging", () => {
  test("sorts by order, ties by id, the backlog apart", () => {
    const tasks = [
      task(3, { order: 1 }),
      task(2, { order: 5 }),
      task(1, { order: 5 }),
      task(4, { sprint: null }),
      task(5, { status: 4 }),
    ];
    const columns = arrange(fromSnapshot(snapshot(tasks)), []);
    expect(ids(columns[1])).toEqual([3, 1, 2]);
    expect(ids(columns.backlog)).toEqual([4]);
    expect(ids(columns[4])).toEqual([5]);
  });

  test("shows pending changes, later ones over earlier ones", () => {
    const state = fromSnapshot(snapshot([task(1), task(2)]));
    const columns = arrange(state, [
      { mutation: "a", taskId: 1, patch: { status: 2, order: 5 } },
      { mutation: "b", taskId: 1, patch: { status: 3 } },
    ]);
    expect(columns[3]).toEqual([{ ...state.tasks.get(1), status: 3, order: 5 }]);
    expect(columns[1][0]).toBe(state.tasks.get(2));
  });

  test("leaves out a card that is being moved to another sprint", () => {
    const state = fromSnapshot(snapshot([task(1)]));
    const columns = arrange(state, [{ mutation: "a", taskId: 1, patch: { sprint: 8 } }]);
    expect(Object.values(columns).flat()).toEqual([]);
  });
});

describe("moving next to another card", () => {
  const column = [task(1), task(2), task(3)];
  const cases: [Anchor, number[], boolean][] = [
    [{ before: 1 }, [9, 1, 2, 3], false],
    [{ after: 1 }, [1, 9, 2, 3], false],
    [{ before: 3 }, [1, 2, 9, 3], false],
    [{ after: 3 }, [1, 2, 3, 9], false],
    [null, [1, 2, 3, 9], false],
  ];

  test.each(cases)("%j", (anchor, expected) => {
    const moved = { ...task(9), order: provisionalOrder(column, 9, anchor) };
    const sorted = [...column, moved].sort((a, b) => a.order - b.order);
    expect(ids(sorted)).toEqual(expected);
  });

  test("knows when nothing would change", () => {
    expect(isSamePlace(column, 2, { after: 1 })).toBe(true);
    expect(isSamePlace(column, 2, { before: 3 })).toBe(true);
    expect(isSamePlace(column, 3, null)).toBe(true);
    expect(isSamePlace(column, 2, null)).toBe(false);
    expect(isSamePlace(column, 9, null)).toBe(false);
  });

  test("can be taken back", () => {
    expect(anchorOf(column, 2)).toEqual({ before: 3 });
    expect(anchorOf(column, 3)).toBeNull();
  });
});

test("points are summed, cards without any count nothing", () => {
  expect(pointsOf([task(1, { points: 3 }), task(2), task(3, { points: 5 })])).toBe(8);
});

test("a column in which nothing changed stays the same array", () => {
  const state = fromSnapshot(snapshot([task(1), task(2, { status: 2 })]));
  const old = arrange(state, []);
  const moved = upsertTask(state, task(2, { status: 3, version: 2 }));
  const kept = keepEqual(old, arrange(moved, []));
  expect(kept[1]).toBe(old[1]);
  expect(kept[2]).toEqual([]);
  expect(kept[3].map(({ id }) => id)).toEqual([2]);
});
