import { beforeEach, expect, test } from "vitest";
import { fromSnapshot } from "./board";
import { Marks } from "./marks.svelte";
import { News, type NewsBoard } from "./news.svelte";
import type { BoardNews } from "./news-api";
import { snapshot } from "./testing";
import { type Request, stubHttp } from "./testing-http";
import { settled } from "./testing-outbox";

const NEWS = "/api/sprints/7/news/";
const SEEN = "/api/sprints/7/seen/";
const MINUTE = 60_000;

let board: { -readonly [Key in keyof NewsBoard]: NewsBoard[Key] };
let news: News;
let answer: BoardNews | null;
let requests: Request[];
let now: number;
let isVisible: boolean;
let timers: { at: number; task: () => void }[];

beforeEach(() => {
  [now, isVisible, timers] = [0, true, []];
  answer = { seen_at: "2026-11-20T10:00:00Z", count: 2, tasks: [3, 5], changes: [] };
  requests = stubHttp(({ path }) => {
    if (path === SEEN) return { status: 204 };
    return answer && { status: 200, json: answer };
  });
  const state = fromSnapshot(snapshot());
  board = { sprintId: 7, live: "live", state, unseen: new Marks<true>() };
  news = new News(board, { now: () => now, after, isVisible: () => isVisible });
});

function after(ms: number, task: () => void): () => void {
  const timer = { at: now + ms, task };
  timers.push(timer);
  return () => (timers = timers.filter((one) => one !== timer));
}

/** Time goes by, and what was to be done in it is done. */
function pass(ms: number): void {
  now += ms;
  const due = timers.filter(({ at }) => at <= now);
  timers = timers.filter(({ at }) => at > now);
  for (const { task } of due) task();
}

async function leave(ms: number): Promise<void> {
  isVisible = false;
  news.hide();
  pass(ms);
  isVisible = true;
  news.show();
  await settled();
}

const paths = () => requests.map(({ path }) => path);

test("what is new is told and marked, and seen after a while of looking", async () => {
  await news.look();
  expect(news.told).toEqual(answer);
  expect([3, 4, 5].map((id) => board.unseen.get(id))).toEqual([true, undefined, true]);
  pass(19_000);
  expect(paths()).toEqual([NEWS]);
  pass(1_000);
  expect(paths()).toEqual([NEWS, SEEN]);
  expect(requests[1]?.body).toEqual({
    channels: { "sprint.7": { epoch: "a", seq: 0 }, "project.1": { epoch: "a", seq: 0 } },
  });
  pass(3 * MINUTE);
  expect(paths()).toEqual([NEWS, SEEN, SEEN]);
});

test("who looks in for a moment finds the news again", async () => {
  await news.look();
  news.hide();
  expect(paths()).toEqual([NEWS]);
});

test("leaving tells how far one has seen a board on which nothing was new", async () => {
  answer = { seen_at: null, count: 0, tasks: [], changes: [] };
  await news.look();
  expect(news.told).toBeNull();
  news.hide();
  news.hide();
  expect(paths()).toEqual([NEWS, SEEN]);
});

test("dismissing clears all marks and tells the server", async () => {
  await news.look();
  news.dismiss();
  expect(news.told).toBeNull();
  expect(board.unseen.get(3)).toBeUndefined();
  expect(paths()).toEqual([NEWS, SEEN]);
});

test("news is read again after a long absence, not after a short one", async () => {
  await news.look();
  await leave(4 * MINUTE);
  expect(paths()).toEqual([NEWS]);
  await leave(6 * MINUTE);
  expect(paths()).toEqual([NEWS, NEWS]);
});

test("what is shown stays when nothing came after it", async () => {
  await news.look();
  const first = news.told;
  answer = { seen_at: null, count: 0, tasks: [], changes: [] };
  await leave(6 * MINUTE);
  expect(news.told).toBe(first);
});

test("nothing is read or told while the board is not live or not looked at", async () => {
  board.live = "catching-up";
  await news.look();
  [board.live, isVisible] = ["live", false];
  await news.look();
  expect(paths()).toEqual([]);
  isVisible = true;
  await news.look();
  board.live = "offline";
  pass(20_000);
  news.dismiss();
  expect(paths()).toEqual([NEWS]);
});

test("a board whose news could not be read is not told as seen", async () => {
  answer = null;
  await news.look();
  news.hide();
  expect(paths()).toEqual([NEWS]);
  await news.look();
  expect(paths()).toEqual([NEWS, NEWS]);
});
