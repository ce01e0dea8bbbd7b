/** Values of a task's fields: when two are the same, and what two people's changes come to. Pure. */
import type { FieldValue } from "./types";

/** What people call the fields of a task. */
// @wc-include
export const FIELD_NAMES = {
  name: "name",
  description: "description",
  assigned: "assignee",
  points: "points",
  started: "start date",
  due: "due date",
  completed: "completion date",
  labels: "labels",
  is_blocked: "blocked mark",
} as const;

/** True when both hold the same; lists of ids are compared by what is in them. */
export function isSameValue(one: FieldValue, other: FieldValue): boolean {
  return isIds(one) && isIds(other) ? String(one) === String(other) : one === other;
}

/** `theirs` with what was added to and taken from `base` in `mine`: nobody's label is lost. */
export function mergedIds(
  base: readonly number[],
  mine: readonly number[],
  theirs: readonly number[],
): number[] {
  const kept = theirs.filter((id) => mine.includes(id) || !base.includes(id));
  const added = mine.filter((id) => !base.includes(id) && !theirs.includes(id));
  return [...kept, ...added].sort((a, b) => a - b);
}

export function isIds(value: FieldValue): value is readonly number[] {
  return Array.isArray(value);
}

/** A list of ids as a field of a form holds it: "3,5". */
export function idsText(ids: readonly number[]): string {
  return ids.join(",");
}

export function idsOf(text: string): number[] {
  return text === "" ? [] : text.split(",").map(Number);
}
