import { expect, test } from "vitest";
import { filterCards, NO_FILTER, parseView, serializeView, showsAll, type View } from "./filters";
import { task } from "./testing";
import type { Label, Task } from "./types";

const label: Label = { id: 3, project: 1, name: "Bug", colour: "red", version: 1 };
const reader = { username: "ana", today: "2026-11-20", labels: new Map([[3, label]]) };
const all: View = { ...NO_FILTER, lanes: null };

function shown(cards: readonly Task[], view: Partial<View>): number[] {
  return filterCards(cards, { ...all, ...view }, reader).map(({ id }) => id);
}

test.each([
  ["", all],
  ["q=two+words&who=me", { ...all, text: "two words", who: "me" }],
  ["label=3,5&due=overdue&blocked=1", { ...all, labels: [3, 5], due: "overdue", isBlocked: true }],
  ["lanes=label", { ...all, lanes: "label" }],
] satisfies [string, View][])("?%s is a view, and the view is that", (query, view) => {
  expect(parseView(query)).toEqual(view);
  expect(serializeView(view)).toBe(query);
});

test("what is not understood filters nothing", () => {
  expect(parseView("label=x,-1,0&due=never&blocked=2&lanes=up&who=&more=1")).toEqual(all);
});

test("every word is looked for in name, key and assignee", () => {
  const cards = [task(1, { name: "Pay by invoice", assigned: "ben" }), task(12)];
  expect(shown(cards, { text: "  INVOICE ben " })).toEqual([1]);
  expect(shown(cards, { text: "web-12" })).toEqual([12]);
  expect(shown(cards, { text: "nothing" })).toEqual([]);
  expect(filterCards(cards, all, reader)).toBe(cards);
});

test("people are named, oneself or nobody", () => {
  const cards = [task(1, { assigned: "ana" }), task(2, { assigned: "ben" }), task(3)];
  expect(shown(cards, { who: "ben" })).toEqual([2]);
  expect(shown(cards, { who: "me" })).toEqual([1]);
  expect(shown(cards, { who: "none" })).toEqual([3]);
});

test("one of the labels is enough, and those that are gone filter nothing", () => {
  const cards = [task(1, { labels: [3] }), task(2, { labels: [9] }), task(3)];
  expect(shown(cards, { labels: [3, 9] })).toEqual([1]);
  expect(shown(cards, { labels: [9] })).toEqual([1, 2, 3]);
});

test("nothing that is done is due", () => {
  const cards = [
    task(1, { due: "2026-11-19" }),
    task(2, { due: "2026-11-19", status: 4 }),
    task(3, { due: "2026-11-20" }),
    task(4, { due: "2026-11-27" }),
    task(5, { due: "2026-11-28" }),
    task(6),
  ];
  expect(shown(cards, { due: "overdue" })).toEqual([1]);
  expect(shown(cards, { due: "soon" })).toEqual([3, 4]);
  expect(shown(cards, { due: "none" })).toEqual([6]);
});

test("filters add up", () => {
  const cards = [task(1, { is_blocked: true, assigned: "ana" }), task(2, { is_blocked: true })];
  expect(shown(cards, { isBlocked: true, who: "me" })).toEqual([1]);
});

test("rows leave no card out", () => {
  expect(showsAll({ ...all, lanes: "who", text: " " })).toBe(true);
  expect(showsAll({ ...all, isBlocked: true })).toBe(false);
});
