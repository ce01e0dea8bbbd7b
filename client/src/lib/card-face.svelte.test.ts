import { flushSync } from "svelte";
import { afterEach, beforeEach, expect, test } from "vitest";
import { applyAll, fromSnapshot } from "./board";
import { BoardStore } from "./board-store.svelte";
import { faceOf, type Opened } from "./card-face";
import { Marks } from "./marks.svelte";
import { event, member, snapshot, task, taskEvent } from "./testing";
import { OutboxStage } from "./testing-outbox";

let store: BoardStore;
let opened: Opened;
let drawn: number[];
let end: () => void;

beforeEach(() => {
  store = new BoardStore(7, "user1", new OutboxStage().outbox);
  const tasks = [1, 2, 3].map((id) => task(id, { assigned: "user2" }));
  const members = [member(1), member(2)];
  store.state = fromSnapshot(snapshot(tasks, { members }));
  opened = { panel: new Marks(), menu: new Marks(), hand: new Marks() };
  drawn = [];
  end = $effect.root(() => {
    for (const card of store.state!.tasks.values())
      $effect(() => {
        faceOf(card, store, opened);
        drawn.push(card.id);
      });
  });
  flushSync();
  drawn = [];
});

afterEach(() => end());

const changes: [string, () => void][] = [
  ["is held", () => store.holds.note({ model: "task", id: 2, action: "dragstart", actor: "ben" })],
  ["glows", () => store.glowing.set(2, "ben")],
  ["has changed since the last visit", () => store.unseen.set(2, true)],
  ["is opened", () => opened.panel.set(2, true)],
  ["has its menu open", () => opened.menu.set(2, true)],
  ["is carried", () => opened.hand.set(2, true)],
];

test.each(changes)("only the card that %s is drawn anew", (_, change) => {
  change();
  flushSync();
  expect(drawn).toEqual([2]);
});

test("events of other tasks draw no card anew", () => {
  const moved = task(1, { status: 2, version: 2 });
  store.state = applyAll(store.state!, [taskEvent("sprint.7", 1, moved)]);
  flushSync();
  expect(drawn).toEqual([]);
});

test("a new name and picture of a member are shown on their cards", () => {
  const body = { ...member(2, { full_name: "Other", picture: "0f1e", version: 2 }) };
  const fields = { model: "membership", action: "update", id: 2, version: 2, body } as const;
  store.state = applyAll(store.state!, [event("project.1", 1, fields)]);
  flushSync();
  expect(drawn).toEqual([1, 2, 3]);
  const { assignee } = faceOf(task(9, { assigned: "user2" }), store, opened);
  expect(assignee).toMatchObject({ name: "Other", isPictured: true });
  expect(assignee?.style).toContain("v=0f1e");
});

test("labels that are known and counts that are not zero are shown", () => {
  const label = { id: 3, project: 1, name: "Bug", colour: "red", version: 1 };
  const fields = { model: "label", action: "add", id: 3, version: 1, body: label } as const;
  store.state = applyAll(store.state!, [event("project.1", 1, fields)]);
  const counts = { checklist_count: 2, checklist_done_count: 2, comment_count: 1 };
  const face = faceOf(task(9, { labels: [3, 8], ...counts }), store, opened);
  expect(face.labels.map(({ name }) => name)).toEqual(["Bug"]);
  expect(face.marks.map(({ text, words }) => `${text} ${words}`)).toEqual([
    "2/2 of the checklist done",
    "1 comment",
  ]);
  expect(face.marks[0]!.isDone).toBe(true);
});
