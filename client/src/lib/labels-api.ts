/** The labels of a project. One function each; they raise what `request` raises. */
import { newMutation } from "./api";
import { request, requestAll } from "./http";
import type { Label } from "./types";

export type LabelFields = Pick<Label, "name" | "colour">;

/** All labels of a project, in the order of their names. */
export function labels(projectId: number): Promise<Label[]> {
  return requestAll(`/api/labels/?project=${projectId}&page_size=100`);
}

/** Add a label; `ApiError` 400 names the fields. */
export function createLabel(projectId: number, fields: LabelFields): Promise<Label> {
  const body = { ...fields, project: projectId };
  return request("/api/labels/", { method: "POST", body, mutation: newMutation() });
}

/** Change a label; `ApiError` 412 when somebody else did since `version`. */
export function updateLabel(id: number, fields: LabelFields, version: number): Promise<Label> {
  const call = { body: fields, ifMatch: version, mutation: newMutation() };
  return request(`/api/labels/${id}/`, { method: "PATCH", ...call });
}

/** Delete a label, and take it off all tasks. */
export function deleteLabel(id: number): Promise<null> {
  return request(`/api/labels/${id}/`, { method: "DELETE", mutation: newMutation() });
}

/** How many tasks carry a label, in all sprints and the backlog. */
export async function tasksWith(label: Label): Promise<number> {
  const path = `/api/tasks/?label=${label.id}&page_size=1`;
  return (await request<{ count: number }>(path)).count;
}
