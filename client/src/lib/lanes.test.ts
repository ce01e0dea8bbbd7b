import { expect, test } from "vitest";
import { lanesByLabel, lanesByPerson, type Lane } from "./lanes";
import { member, task } from "./testing";
import type { Label } from "./types";

const ids = ({ name, cells }: Lane) => [
  name,
  Object.fromEntries(Object.entries(cells).map(([key, cards]) => [key, cards.map(({ id }) => id)])),
];

test("everybody who may work has a row, others only with cards, and nobody comes last", () => {
  const members = [
    member(1),
    member(2, { role: "viewer" }),
    member(3, { is_active: false }),
    member(4, { is_active: false }),
  ];
  const columns = {
    1: [task(1, { assigned: "user1" }), task(2), task(3, { assigned: "user3" })],
    2: [task(4, { assigned: "user1", status: 2 })],
  };
  expect(lanesByPerson(columns, members).map(ids)).toEqual([
    ["User 1", { 1: [1], 2: [4] }],
    ["User 3", { 1: [3] }],
    ["Nobody", { 1: [2] }],
  ]);
});

test("a card stands in the row of the first of its labels by name", () => {
  const label = (id: number, name: string): [number, Label] => [
    id,
    { id, project: 1, name, colour: "red", version: 1 },
  ];
  const labels = new Map([label(1, "Ux"), label(2, "Bug"), label(3, "Unused")]);
  const columns = {
    1: [task(1, { labels: [1, 2] }), task(2, { labels: [1] }), task(3, { labels: [9] })],
  };
  expect(lanesByLabel(columns, labels).map(ids)).toEqual([
    ["Bug", { 1: [1] }],
    ["Ux", { 1: [2] }],
    ["No label", { 1: [3] }],
  ]);
});
