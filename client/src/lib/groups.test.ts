import { expect, test } from "vitest";
import { type Group, GROUP_SIZE, regroup } from "./groups";
import { task } from "./testing";
import type { Card } from "./types";

const cards = Array.from({ length: 100 }, (_, index): Card => task(index + 1));
const old = regroup([], cards);

const ids = (groups: readonly Group[]) =>
  groups.flatMap((group) => group.cards.map(({ id }) => id));
const places = (groups: readonly Group[]) =>
  new Map(groups.flatMap(({ key, cards }) => cards.map(({ id }) => [id, key])));

/** Ids of those cards that are in other groups than before. */
function regrouped(groups: readonly Group[]): number[] {
  const before = places(old);
  return [...places(groups)].flatMap(([id, key]) => (before.get(id) === key ? [] : [id]));
}

/** The cards with one of them brought to another index. */
function moved(id: number, to: number): Card[] {
  const others = cards.filter((card) => card.id !== id);
  return others.toSpliced(to, 0, cards[id - 1]!);
}

test("cards stand in groups of one size, in their order", () => {
  expect(ids(old)).toEqual(cards.map(({ id }) => id));
  expect(old.map((group) => group.cards.length)).toEqual([16, 16, 16, 16, 16, 16, 4]);
  expect(new Set(old.map(({ key }) => key)).size).toBe(old.length);
});

test("nothing changed: the groups are the same objects", () => {
  const groups = regroup(old, [...cards]);
  expect(groups.every((group, index) => group === old[index])).toBe(true);
});

test.each([
  ["down", 3, 90],
  ["up", 90, 3],
  ["to the top", 100, 0],
  ["to the end", 1, 99],
])("only a card that moves %s goes into another group", (_, id, to) => {
  const groups = regroup(old, moved(id, to));
  expect(ids(groups)).toEqual(moved(id, to).map((card) => card.id));
  expect(regrouped(groups)).toEqual([id]);
  expect(groups.filter((group) => !old.includes(group)).length).toBeLessThanOrEqual(2);
});

test("a card that comes joins the group before it, and one that goes takes no other along", () => {
  const groups = regroup(old, cards.slice(1).toSpliced(50, 0, task(500)));
  expect(regrouped(groups)).toEqual([500]);
});

test("a changed card changes its group alone", () => {
  const renamed = { ...cards[40]!, name: "Other" };
  const groups = regroup(old, cards.with(40, renamed));
  expect(groups.filter((group) => !old.includes(group))).toEqual([
    { key: old[2]!.key, cards: old[2]!.cards.with(8, renamed) },
  ]);
});

test("an empty group goes, and one that grew too large is divided", () => {
  const rest = cards.slice(GROUP_SIZE);
  expect(regroup(old, rest)).toEqual(old.slice(1));
  const many = Array.from({ length: 40 }, (_, index): Card => task(1_000 + index));
  const groups = regroup(old, [...cards.slice(0, 20), ...many, ...cards.slice(20)]);
  expect(ids(groups).slice(18, 22)).toEqual([19, 20, 1_000, 1_001]);
  expect(Math.max(...groups.map((group) => group.cards.length))).toBeLessThanOrEqual(48);
  expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length);
});

test("no cards, no groups", () => {
  expect(regroup([], [])).toEqual([]);
  expect(regroup(old, [])).toEqual([]);
});
