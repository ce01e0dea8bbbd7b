import { beforeEach, expect, test, vi } from "vitest";
import { Attachments, isPicture } from "./attachments.svelte";
import { stubHttp } from "./testing-http";
import { attachment } from "./testing-details";
import { settled } from "./testing-outbox";

/** A request under way whose answer the test gives. */
class FakeXhr {
  static all: FakeXhr[] = [];
  upload: { onprogress?: (event: object) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  status = 0;
  responseText = "";
  headers = new Headers();
  body?: FormData;

  constructor() {
    FakeXhr.all.push(this);
  }
  open() {}
  getResponseHeader = () => null;
  setRequestHeader(name: string, value: string) {
    this.headers.set(name, value);
  }
  send(body: FormData) {
    this.body = body;
  }
  abort() {
    this.onabort?.();
  }
  async answer(status: number, json: unknown) {
    this.status = status;
    this.responseText = JSON.stringify(json);
    this.onload?.();
    await settled();
  }
}

let attachments: Attachments;

beforeEach(() => {
  stubHttp(() => ({ status: 204 }));
  vi.stubGlobal("XMLHttpRequest", FakeXhr);
  FakeXhr.all = [];
  attachments = new Attachments(5);
});

const file = (name: string) => new File(["text"], name);
const names = () => attachments.sending.map((sending) => sending.file.name);

async function send(...files: File[]): Promise<void> {
  void attachments.send(files);
  await settled();
}

test("files go one after the other and say how far they are", async () => {
  await send(file("a.txt"), file("b.txt"));
  expect(FakeXhr.all).toHaveLength(1);
  FakeXhr.all[0]!.upload.onprogress!({ loaded: 1, total: 4 });
  expect(attachments.sending[0]!.progress).toBe(0.25);
  await FakeXhr.all[0]!.answer(201, attachment(1));
  expect(names()).toEqual(["b.txt"]);
  await FakeXhr.all[1]!.answer(201, attachment(2));
  expect(attachments.sending).toEqual([]);
  expect(attachments.parts.list.map(({ id }) => id)).toEqual([1, 2]);
});

test("one that failed can be tried again as the same write", async () => {
  await send(file("a.txt"));
  FakeXhr.all[0]!.onerror!();
  await settled();
  expect(attachments.sending[0]!.problem).toContain("could not be reached");
  void attachments.retry(attachments.sending[0]!);
  await settled();
  const [first, second] = FakeXhr.all.map(({ headers }) => headers.get("X-Client-Mutation"));
  expect(first).toBe(second);
  await FakeXhr.all[1]!.answer(201, attachment(1));
  expect(attachments.parts.list).toHaveLength(1);
});

test("a refusal is told in the server's words, and the next one goes on", async () => {
  await send(file("a.txt"), file("b.txt"));
  await FakeXhr.all[0]!.answer(400, { file: ["A task has at most 50 files."] });
  expect(attachments.sending[0]!.problem).toBe("A task has at most 50 files.");
  expect(FakeXhr.all).toHaveLength(2);
});

test("one that is too large is not sent, and says so", async () => {
  await send(new File([new Uint8Array(11 * 1024 * 1024)], "film.mov"));
  expect(FakeXhr.all).toEqual([]);
  const [sending] = attachments.sending;
  expect(sending).toMatchObject({
    isHopeless: true,
    problem: "It is 11 MB large; a file may have at most 10 MB.",
  });
});

test("one that is given up stops, and one that waits never starts", async () => {
  await send(file("a.txt"), file("b.txt"), file("c.txt"));
  const [going, waiting] = attachments.sending;
  attachments.forget(waiting!);
  attachments.forget(going!);
  await settled();
  expect(names()).toEqual(["c.txt"]);
  expect(FakeXhr.all).toHaveLength(2);
});

test("a deleted file goes", async () => {
  attachments.parts.take(attachment(1));
  await attachments.delete(attachment(1));
  expect(attachments.parts.list).toEqual([]);
});

test("only what a browser draws safely is a picture", () => {
  expect(isPicture(attachment(1))).toBe(true);
  expect(isPicture(attachment(1, { content_type: "image/svg+xml" }))).toBe(false);
});
