import { expect, test } from "vitest";
import { Kept, memoryShelf } from "./kept";
import { TaskDetails } from "./task-details.svelte";
import { type Answer, stubHttp } from "./testing-http";
import { attachment, comment, item, partEvent } from "./testing-details";

const drafts = new Kept<string>(memoryShelf(), "draft", "ana");
const list = (...results: object[]): Answer => ({ status: 200, json: { next: null, results } });

test("lists are loaded together, and one that fails leaves the others", async () => {
  let isAway = true;
  stubHttp(({ path }) => {
    if (path.startsWith("/api/comments/")) return isAway ? null : list(comment(1));
    return path.startsWith("/api/attachments/") ? list(attachment(1)) : list(item(1));
  });
  const details = new TaskDetails(5, drafts);
  await details.reload();
  expect(details.hasFailed).toBe(true);
  expect(details.checklist.items).toHaveLength(1);
  expect(details.attachments.parts.list).toHaveLength(1);
  isAway = false;
  await details.reload();
  expect(details.hasFailed).toBe(false);
  expect(details.comments.parts.list).toHaveLength(1);
});

test("an event reaches the list that it is about", () => {
  const details = new TaskDetails(5, drafts);
  details.receive(partEvent("comment", comment(1)));
  details.receive(partEvent("checklist_item", item(2)));
  details.receive(partEvent("attachment", attachment(3)));
  expect(details.comments.parts.list).toHaveLength(1);
  expect(details.checklist.items).toHaveLength(1);
  expect(details.attachments.parts.list).toHaveLength(1);
});
