import { expect, test } from "vitest";
import { createLabel, deleteLabel, labels, tasksWith, updateLabel } from "./labels-api";
import { stubHttp } from "./testing-http";
import type { Label } from "./types";

const bug: Label = { id: 3, project: 1, name: "Bug", colour: "red", version: 4 };

test("labels are made, changed in the version that was seen, and deleted", async () => {
  const requests = stubHttp(() => ({ status: 200, json: bug }));
  await createLabel(1, { name: "Bug", colour: "red" });
  await updateLabel(3, { name: "Defect", colour: "red" }, 4);
  await deleteLabel(3);
  expect(requests).toMatchObject([
    { method: "POST", path: "/api/labels/", body: { project: 1, name: "Bug", colour: "red" } },
    { method: "PATCH", path: "/api/labels/3/", body: { name: "Defect" } },
    { method: "DELETE", path: "/api/labels/3/" },
  ]);
  expect(requests[1]!.headers.get("If-Match")).toBe('"4"');
  expect(requests.every(({ headers }) => headers.has("X-Client-Mutation"))).toBe(true);
});

test("a label tells how many tasks carry it", async () => {
  const requests = stubHttp(() => ({ status: 200, json: { count: 12, next: null, results: [] } }));
  expect(await tasksWith(bug)).toBe(12);
  expect(requests[0]!.path).toBe("/api/tasks/?label=3&page_size=1");
});

test("the labels of a project are read", async () => {
  stubHttp(() => ({ status: 200, json: { count: 1, next: null, results: [bug] } }));
  expect(await labels(1)).toEqual([bug]);
});
