import { beforeEach, expect, test } from "vitest";
import { applyAll, fromSnapshot } from "./board";
import { BoardActions } from "./board-actions";
import { BoardStore } from "./board-store.svelte";
import { CardInHand } from "./card-in-hand";
import { Marks } from "./marks.svelte";
import { spoken } from "./own-announcer.svelte";
import { event, snapshot, task, taskEvent } from "./testing";
import { type Request, stubHttp } from "./testing-http";
import { OutboxStage, settled } from "./testing-outbox";

let store: BoardStore;
let hand: CardInHand;
let requests: Request[];

const ids = (column: 1 | 2 | 3 | 4 | "backlog") => store.columns![column].map(({ id }) => id);

beforeEach(() => {
  const moved = task(2, { status: 2, version: 2 });
  requests = stubHttp(() => ({ status: 200, json: moved }));
  store = new BoardStore(7, "user1", new OutboxStage().outbox);
  store.live = "live";
  const tasks = [task(1), task(2), task(3), task(4, { status: 2 }), task(5, { status: 2 })];
  store.state = fromSnapshot(snapshot(tasks));
  hand = new CardInHand(store, new BoardActions(store), new Marks());
});

const takeEvent = (...events: Parameters<typeof applyAll>[1]) =>
  (store.state = applyAll(store.state!, events));

test("a carried card is shown where it would be dropped, and nothing is sent", () => {
  hand.pickUp(2);
  hand.carry(1, { before: 1 });
  expect(ids(1)).toEqual([2, 1, 3]);
  hand.carry(2, { before: 5 });
  expect([ids(1), ids(2)]).toEqual([
    [1, 3],
    [4, 2, 5],
  ]);
  expect(requests).toEqual([]);
});

test("every step is told", () => {
  hand.pickUp(2);
  expect(spoken.own).toMatch(/^Picked up WEB-2, 2 of 3 in Not Started\. Arrow keys carry it/);
  hand.carry(2, null);
  expect(spoken.own).toBe("3 of 3 in In Progress");
  hand.putBack();
  expect(spoken.own).toBe("Put WEB-2 back to Not Started");
});

test("a drop is one move to where the card is held", async () => {
  hand.pickUp(2);
  hand.carry(2, { after: 4 });
  hand.drop();
  expect(ids(2)).toEqual([4, 2, 5]);
  expect(hand.id).toBeNull();
  await settled();
  expect(requests.map(({ path, body }) => [path, body])).toEqual([
    ["/api/tasks/2/move/", { sprint: 7, status: 2, before: 5, version: 1 }],
  ]);
});

test("put back it stands where it was", () => {
  hand.pickUp(2);
  hand.carry(4, null);
  hand.putBack();
  expect([ids(1), ids(4)]).toEqual([[1, 2, 3], []]);
  expect(store.grabbed).toBeNull();
});

test("dropped where it was, nothing is sent", async () => {
  hand.pickUp(2);
  hand.carry(4, null);
  hand.carry(1, { before: 3 });
  hand.drop();
  await settled();
  expect(requests).toEqual([]);
  expect(spoken.own).toBe("WEB-2 stays where it was");
});

test("what others do does not disturb it", () => {
  hand.pickUp(2);
  hand.carry(2, { before: 5 });
  takeEvent(
    taskEvent("sprint.7", 1, task(2, { status: 4, version: 2 })),
    event("sprint.7", 2, { model: "task", action: "remove", id: 4, version: 2 }),
  );
  expect(ids(2)).toEqual([2, 5]);
  hand.putBack();
  expect(ids(4)).toEqual([2]);
});

test("a card that somebody deletes stays in the hand until it is let go", () => {
  hand.pickUp(2);
  takeEvent(event("sprint.7", 1, { model: "task", action: "remove", id: 2, version: 2 }));
  expect(ids(1)).toEqual([1, 2, 3]);
  hand.putBack();
  expect(ids(1)).toEqual([1, 3]);
});

test("nobody picks up what they may not move, or what is not there", () => {
  hand.pickUp(99);
  store.state = fromSnapshot(snapshot([task(1)], { members: [] }));
  hand.pickUp(1);
  expect(hand.id).toBeNull();
  expect(store.grabbed).toBeNull();
});
