import { expect, test } from "vitest";
import { shelve } from "./sprint-order";
import { SPRINT } from "./testing";

const TODAY = "2026-11-20";
const sprint = (
  id: number,
  start: string | null,
  end: string,
  closed_at: string | null = null,
) => ({
  ...SPRINT,
  ...{ id, start, end, closed_at },
});

test("sprints are sorted into current, coming and past ones", () => {
  const { current, future, past } = shelve(
    [
      sprint(1, "2026-10-01", "2026-10-14"),
      sprint(2, "2026-11-14", "2026-11-27"),
      sprint(3, "2026-12-12", "2026-12-25"),
      sprint(4, "2026-11-28", "2026-12-11"),
      sprint(5, "2026-10-15", "2026-10-28"),
      sprint(6, "2026-11-10", "2026-11-24", "2026-11-19"),
    ],
    TODAY,
  );
  expect(current?.id).toBe(2);
  expect(future.map(({ id }) => id)).toEqual([4, 3]);
  expect(past.map(({ id }) => id)).toEqual([6, 5, 1]);
});

test("a sprint without a start has begun, and one that ends today still runs", () => {
  expect(shelve([sprint(1, null, TODAY)], TODAY).current?.id).toBe(1);
});

test("there may be no current sprint", () => {
  expect(shelve([sprint(1, "2026-11-21", "2026-11-30")], TODAY).current).toBeNull();
});
