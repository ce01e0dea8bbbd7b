import { beforeEach, expect, test } from "vitest";
import { Comments } from "./comments.svelte";
import { Kept, memoryShelf, type Shelf } from "./kept";
import { type Answer, type Request, stubHttp } from "./testing-http";
import { comment } from "./testing-details";

let shelf: Shelf;
let answer: Answer;
let requests: Request[];

beforeEach(() => {
  shelf = memoryShelf();
  answer = { status: 201, json: comment(1) };
  requests = stubHttp(() => answer);
});

const drafts = () => new Kept<string>(shelf, "draft", "ana");
const open = () => new Comments(5, drafts());

test("what is typed is there again when the task is opened again", () => {
  open().written.write("half a thou");
  expect(open().written.draft.text).toBe("half a thou");
  expect(new Comments(6, drafts()).written.draft.text).toBe("");
});

test("what was sent is shown and no draft any more", async () => {
  const comments = open();
  comments.written.write("  done \n");
  expect(await comments.send()).toBe(true);
  expect(requests[0]).toMatchObject({ method: "POST", body: { task: 5, text: "done" } });
  expect(comments.parts.list).toHaveLength(1);
  expect(open().written.draft.text).toBe("");
});

test("nothing is sent when nothing is written", async () => {
  const comments = open();
  comments.written.write(" \n ");
  expect(await comments.send()).toBe(false);
  expect(requests).toEqual([]);
});

test("what could not be sent stays, and sent again it is the same write", async () => {
  const comments = open();
  comments.written.write("important");
  answer = null;
  expect(await comments.send()).toBe(false);
  expect(comments.written).toMatchObject({ isSending: false });
  expect(comments.written.problem).toContain("could not be reached");
  expect(comments.written.draft.text).toBe("important");
  answer = { status: 201, json: comment(1) };
  await comments.send();
  const [first, second] = requests.map(({ headers }) => headers.get("X-Client-Mutation"));
  expect(first).toBe(second);
  expect(comments.written.problem).toBe("");
});

test("what is typed while it is sent stays", async () => {
  const comments = open();
  comments.written.write("one");
  const sending = comments.send();
  comments.written.write("one and two");
  await sending;
  expect(comments.written.draft.text).toBe("one and two");
});

test("a refusal is told in the server's words", async () => {
  const comments = open();
  comments.written.write("x");
  answer = { status: 400, json: { text: ["Too long."] } };
  await comments.send();
  expect(comments.written.problem).toBe("Too long.");
});

test("an edit is sent with the version that was read, and kept until then", async () => {
  const comments = open();
  const old = comment(3, { version: 4, text: "old" });
  comments.parts.take(old);
  const message = comments.editing(old);
  expect(message.draft.text).toBe("old");
  message.write("new");
  expect(open().isEdited(old)).toBe(true);
  answer = { status: 200, json: { ...old, text: "new", version: 5 } };
  expect(await comments.saveEdit(old, message)).toBe(true);
  expect(requests[0]!.headers.get("If-Match")).toBe('"4"');
  expect(comments.parts.get(3)?.text).toBe("new");
  expect(comments.isEdited(old)).toBe(false);
});

test("an edit that changes nothing is not sent", async () => {
  const comments = open();
  const old = comment(3);
  expect(await comments.saveEdit(old, comments.editing(old))).toBe(true);
  expect(requests).toEqual([]);
});

test("a deleted comment goes, also one that somebody else deleted first", async () => {
  const comments = open();
  comments.parts.take(comment(3));
  answer = { status: 404, json: {} };
  await comments.delete(comment(3));
  expect(comments.parts.list).toEqual([]);
  answer = { status: 403, json: { detail: "No." } };
  await expect(comments.delete(comment(4))).rejects.toThrow("No.");
});
