import { beforeEach, expect, test, vi } from "vitest";
import type { BoardStore } from "./board-store.svelte";
import { task } from "./testing";
import { comment, partEvent } from "./testing-details";
import { toasts } from "./toasts.svelte";

vi.stubGlobal("window", { location: { pathname: "/", search: "" } });
const { Mentions } = await import("./mentions");

const store = {
  username: "ana",
  sprintId: 7,
  nameOf: () => "Ben",
  card: (id: number) => task(id),
} as unknown as BoardStore;
let openTaskId: number | null;
let mentions: InstanceType<typeof Mentions>;

const called = (fields = {}) =>
  partEvent("comment", comment(1, { mentions: ["ana"] }), { action: "add", ...fields });
const texts = () => toasts.list.map(({ text }) => text);

beforeEach(() => {
  toasts.list = [];
  openTaskId = null;
  mentions = new Mentions(store, () => openTaskId);
});

test("a comment that calls one is told, with a way there", () => {
  mentions.receive(called());
  expect(texts()).toEqual(["Ben mentioned you in WEB-5"]);
  expect(toasts.list[0]!.action!.label).toBe("Open");
});

test.each([
  called({ actor: "ana" }),
  called({ action: "update" }),
  called({ body: null }),
  partEvent("comment", comment(1), { action: "add" }),
])("others are not: %#", (event) => {
  mentions.receive(event);
  expect(texts()).toEqual([]);
});

test("nor is one on the task that is open", () => {
  openTaskId = 5;
  mentions.receive(called());
  expect(texts()).toEqual([]);
});
