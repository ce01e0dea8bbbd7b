/** What a person changes on a board: how it shows, how it is sent, and when it conflicts. */
import * as api from "./api";
import type { Anchor, Pending, Place } from "./columns";
import { isIds, isSameValue, mergedIds } from "./field-values";
import type { Card, FieldValue, Status, Task } from "./types";

type FieldName = keyof api.TaskPatch;

export interface MoveChange {
  kind: "move";
  taskId: number;
  from: Place;
  to: Place;
  anchor: Anchor;
  /** Where it shows in its column until the server gives the true one. */
  order: number;
  version: number;
}

export interface EditChange {
  kind: "edit";
  taskId: number;
  field: FieldName;
  value: FieldValue;
  /** What the field held when it was edited. */
  base: FieldValue;
  version: number;
}

export interface AddChange {
  kind: "add";
  fields: { project: number; sprint: number | null; status: Status; name: string };
}

export type Change = MoveChange | EditChange | AddChange;

/** Why a change that was made while the server was away could not be applied. */
export type Problem =
  { kind: "changed"; task: Task } | { kind: "gone" } | { kind: "refused"; message: string };

// Beyond every order that the server gives, and still exact with a time in milliseconds added.
const END_OF_COLUMN = 2 ** 52;

/** The task that a change is about; null for one that is still to be made. */
export function taskOf(change: Change): number | null {
  return change.kind === "add" ? null : change.taskId;
}

/** Send a change once. Raises `ApiError` and `Unreachable`. */
export function send(change: Change, mutation: string): Promise<Task> {
  if (change.kind === "add") return api.createTask(change.fields, mutation);
  const { taskId, version } = change;
  if (change.kind === "edit")
    return api.patchTask(taskId, { [change.field]: change.value }, version, mutation);
  return api.moveTask(taskId, { ...change.to, ...change.anchor, version }, mutation);
}

/** The change for the task as it is now, when others changed only other things; else null. */
export function rebased(change: Change, current: Task): Change | null {
  if (change.kind === "add" || current.version === change.version) return null;
  const { version } = current;
  if (change.kind === "edit") return rebasedEdit({ ...change, version }, current[change.field]);
  const isFree = isAt(current, change.from) || isAt(current, change.to);
  return isFree ? { ...change, version } : null;
}

/** Lists take both people's changes; of other values only one can hold. */
function rebasedEdit(change: EditChange, theirs: FieldValue): EditChange | null {
  const { base, value } = change;
  if (isIds(base) && isIds(value) && isIds(theirs))
    return { ...change, base: theirs, value: mergedIds(base, value, theirs) };
  return isSameValue(theirs, base) || isSameValue(theirs, value) ? change : null;
}

/** The change as it must be to hold against what others made of the task. */
export function insisting(change: Change, current: Task): Change {
  if (change.kind === "add") return change;
  const { version } = current;
  if (change.kind === "edit") return { ...change, version, base: current[change.field] };
  // Refused in the version that it was made for: what it was to stand beside has gone.
  const anchor = version === change.version ? null : change.anchor;
  return { ...change, version, anchor, from: { sprint: current.sprint, status: current.status } };
}

/** What stands in a change's way, from the error that the server answered. */
export function problemOf(error: unknown): Problem {
  const task = api.currentTask(error);
  if (task) return { kind: "changed", task };
  if (error instanceof api.ApiError && error.status === 404) return { kind: "gone" };
  return { kind: "refused", message: error instanceof Error ? error.message : String(error) };
}

/** How a change shows on the board before the server has confirmed it. */
export function pendingOf(change: Change, mutation: string, at: number): Pending {
  if (change.kind === "move")
    return { mutation, taskId: change.taskId, patch: { ...change.to, order: change.order } };
  if (change.kind === "add")
    return { mutation, taskId: -at, patch: newCard(change, at), isNew: true };
  const patch =
    change.field === "description"
      ? { has_description: change.value !== "" }
      : { [change.field]: change.value };
  return { mutation, taskId: change.taskId, patch };
}

/** True when `place` is where a task is. */
export function isAt(task: Place, place: Place): boolean {
  return task.sprint === place.sprint && task.status === place.status;
}

/** A card for a task that the server does not know yet; its id is negative. */
function newCard({ fields }: AddChange, at: number): Card {
  const dates = { started: null, due: null, completed: null };
  const counts = {
    comment_count: 0,
    checklist_count: 0,
    checklist_done_count: 0,
    attachment_count: 0,
  };
  const marks = { labels: [], is_blocked: false, has_description: false };
  const nothing = { assigned: null, points: null, ...marks, ...counts, ...dates };
  const identity = { id: -at, number: 0, key: "New", order: END_OF_COLUMN + at, version: 0 };
  return { ...fields, ...nothing, ...identity };
}
