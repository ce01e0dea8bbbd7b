import { beforeEach, expect, test } from "vitest";
import { Checklist } from "./checklist.svelte";
import { type Answer, type Request, stubHttp } from "./testing-http";
import { item } from "./testing-details";

let checklist: Checklist;
let answer: (request: Request) => Answer;
let requests: Request[];

beforeEach(() => {
  requests = stubHttp((request) => answer(request));
  checklist = new Checklist(5);
  for (const id of [1, 2, 3]) checklist.parts.take(item(id));
});

const texts = () => checklist.items.map(({ text }) => text);

test("an added item shows at once and is the server's then", async () => {
  answer = () => ({ status: 201, json: item(4, { text: "New" }) });
  const adding = checklist.add("New");
  expect(texts()).toEqual(["Item 1", "Item 2", "Item 3", "New"]);
  expect(await adding).toBe(true);
  expect(checklist.items.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
});

test("several are added in the order in which they were typed", async () => {
  let last = 3;
  answer = ({ body }) => ({
    status: 201,
    json: item(++last, { text: (body as { text: string }).text }),
  });
  await Promise.all([checklist.add("A"), checklist.add("B")]);
  expect(texts().slice(3)).toEqual(["A", "B"]);
  expect(requests.map(({ body }) => (body as { text: string }).text)).toEqual(["A", "B"]);
});

test("a refused item is taken away again with words", async () => {
  answer = () => ({ status: 400, json: { task: ["A task has at most 100 items."] } });
  expect(await checklist.add("New")).toBe(false);
  expect(checklist.items).toHaveLength(3);
  expect(checklist.problem).toBe("“New” was not added. A task has at most 100 items.");
});

test("a tick shows at once and is put back when the server is away", async () => {
  answer = () => null;
  const ticking = checklist.tick(item(1), true);
  expect(checklist.doneCount).toBe(1);
  expect(await ticking).toBe(false);
  expect(checklist.doneCount).toBe(0);
  expect(checklist.problem).toContain("could not be reached");
});

test("an item moves next to its neighbour", async () => {
  answer = () => ({ status: 200, json: item(3, { order: 150, version: 2 }) });
  const moving = checklist.move(item(3), -1);
  expect(texts()).toEqual(["Item 1", "Item 3", "Item 2"]);
  expect(await moving).toBe(true);
  expect(requests[0]!.body).toEqual({ before: 2 });
  expect(texts()).toEqual(["Item 1", "Item 3", "Item 2"]);
});

test("the first item does not move up", async () => {
  expect(await checklist.move(item(1), -1)).toBe(false);
  expect(requests).toEqual([]);
});

test("a deleted item goes, and comes back when that is refused", async () => {
  answer = () => ({ status: 403, json: { detail: "Viewers change nothing." } });
  const deleting = checklist.delete(item(2));
  expect(texts()).toEqual(["Item 1", "Item 3"]);
  expect(await deleting).toBe(false);
  expect(texts()).toEqual(["Item 1", "Item 2", "Item 3"]);
  answer = () => ({ status: 204 });
  expect(await checklist.delete(item(2))).toBe(true);
  expect(texts()).toEqual(["Item 1", "Item 3"]);
});

test("a new text is saved over somebody's tick", async () => {
  const ticked = item(1, { is_done: true, version: 2 });
  answer = ({ headers }) =>
    headers.get("If-Match") === '"2"'
      ? { status: 200, json: { ...ticked, text: "Better", version: 3 } }
      : { status: 412, json: { checklist_item: ticked } };
  expect(await checklist.reword(item(1), "Better")).toBe(true);
  expect(checklist.items[0]).toMatchObject({ text: "Better", is_done: true });
});

test("a new text is not saved over somebody's other text", async () => {
  const theirs = item(1, { text: "Theirs", version: 2 });
  const json = { detail: "It was changed.", checklist_item: theirs };
  answer = () => ({ status: 412, json });
  expect(await checklist.reword(item(1), "Mine")).toBe(false);
  expect(checklist.problem).toBe("“Mine” was not saved. It was changed.");
  expect(checklist.items[0]!.text).toBe("Theirs");
});

test("a change of what somebody deleted meanwhile shows nothing", async () => {
  answer = () => ({ status: 404, json: { detail: "Gone." } });
  const ticking = checklist.tick(item(1), true);
  checklist.parts.drop(1, 9);
  expect(texts()).toEqual(["Item 2", "Item 3"]);
  expect(await ticking).toBe(false);
});
