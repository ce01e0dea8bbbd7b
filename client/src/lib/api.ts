/** Every request that the client makes, one function each. They raise what `request` raises. */
import { ApiError, request, requestAll } from "./http";
import type { Finding } from "./doctor";
import type { Card, FullSprint, Me, Snapshot, Sprint, SprintProgress, Status, Task } from "./types";

export { ApiError, Unreachable } from "./http";
export type { FieldErrors } from "./http";

const AUTH = "/_allauth/browser/v1/auth";

export interface SprintForm {
  name: string;
  goal: string;
  description: string;
  start: string | null;
  end: string;
}

/** Fields of a task that its panel writes directly; places change through `moveTask`. */
export type TaskPatch = Partial<
  Pick<
    Task,
    | "name"
    | "description"
    | "assigned"
    | "points"
    | "started"
    | "due"
    | "completed"
    | "labels"
    | "is_blocked"
  >
>;

export interface Move {
  sprint: number | null;
  status: Status;
  before?: number;
  after?: number;
  version?: number;
}

/** Who is signed in; raises `ApiError` 401 when nobody is. */
export function me(): Promise<Me> {
  return request<Me>("/api/me/");
}

/** End the session. allauth answers 401 to say that nobody is signed in any more. */
export async function signOut(): Promise<void> {
  try {
    await request(`${AUTH}/session`, { method: "DELETE" });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
  }
}

/** All sprints of a project in the order of their end. */
export function sprints(projectId: number): Promise<Sprint[]> {
  return requestAll(`/api/sprints/?project=${projectId}&page_size=100`);
}

/** Progress of the project's sprints that have tasks, by sprint id. */
export function progress(projectId: number): Promise<Record<string, SprintProgress>> {
  return request(`/api/projects/${projectId}/progress/`);
}

/** Read one sprint with its description. */
export function sprint(id: number): Promise<FullSprint> {
  return request<FullSprint>(`/api/sprints/${id}/`);
}

/** Create a sprint; `ApiError` 400 names the fields. */
export function createSprint(projectId: number, form: SprintForm): Promise<FullSprint> {
  const body = { ...form, project: projectId };
  return request("/api/sprints/", { method: "POST", body, mutation: newMutation() });
}

/** Change a sprint; `ApiError` 412 when somebody else did since `version`. */
export function updateSprint(
  id: number,
  form: Partial<SprintForm>,
  version: number,
): Promise<FullSprint> {
  const call = { body: form, ifMatch: version, mutation: newMutation() };
  return request(`/api/sprints/${id}/`, { method: "PATCH", ...call });
}

/** Delete a sprint. With tasks in it 409, unless its open tasks may go back to the backlog. */
export function deleteSprint(id: number, tasksToBacklog: boolean): Promise<null> {
  const query = tasksToBacklog ? "?tasks=backlog" : "";
  return request(`/api/sprints/${id}/${query}`, { method: "DELETE", mutation: newMutation() });
}

/** All that a board page needs, read consistently. */
export function board(sprintId: number): Promise<Snapshot> {
  return request<Snapshot>(`/api/sprints/${sprintId}/board/`);
}

/** A websocket address with a fresh ticket, good for 30 minutes. */
export async function ticket(sprintId: number): Promise<string> {
  const path = `/api/sprints/${sprintId}/ticket/`;
  return (await request<{ channel: string }>(path, { method: "POST" })).channel;
}

/** Read one task with its description. */
export function task(id: number): Promise<Task> {
  return request<Task>(`/api/tasks/${id}/`);
}

/** The first tasks of all projects with these words in name or description. */
export async function searchTasks(words: string, signal: AbortSignal): Promise<Task[]> {
  const path = `/api/tasks/?page_size=10&search=${encodeURIComponent(words)}`;
  return (await request<{ results: Task[] }>(path, { signal })).results;
}

/** Add a task at the end of a column. */
export function createTask(
  fields: { project: number; sprint: number | null; status: Status; name: string },
  mutation: string,
): Promise<Task> {
  return request("/api/tasks/", { method: "POST", body: fields, mutation });
}

/** Change fields of a task; `ApiError` 412 carries the current task. */
export function patchTask(
  id: number,
  patch: TaskPatch,
  version: number,
  mutation: string,
): Promise<Task> {
  return request(`/api/tasks/${id}/`, { method: "PATCH", body: patch, ifMatch: version, mutation });
}

/** Move a task in one call; `ApiError` 409 carries the current task and its column. */
export function moveTask(id: number, move: Move, mutation: string): Promise<Task> {
  return request(`/api/tasks/${id}/move/`, { method: "POST", body: move, mutation });
}

/** Delete a task. */
export function deleteTask(id: number, mutation: string): Promise<null> {
  return request(`/api/tasks/${id}/`, { method: "DELETE", mutation });
}

/** What the server finds about itself and the processes beside it; takes some seconds. */
export async function doctor(): Promise<Finding[]> {
  const found = await request<Finding[]>("/api/doctor/");
  return found.map((finding) => ({ ...finding, check: `Server: ${finding.check}` }));
}

/** An id for one write; browsers have randomUUID on https and localhost only. */
export function newMutation(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The current task in a 412 or 409 answer, null when the error is another one. */
export function currentTask(error: unknown): Task | null {
  return currentOf(error, "task");
}

/** The current state of an object in a 412 or 409 answer under its name there, else null. */
export function currentOf<T>(error: unknown, name: string): T | null {
  if (!(error instanceof ApiError) || (error.status !== 412 && error.status !== 409)) return null;
  return (error.body[name] as T | undefined) ?? null;
}

/** A card's name for people: its key and its name. */
export function cardTitle(card: Card): string {
  return `${card.key} ${card.name}`;
}
