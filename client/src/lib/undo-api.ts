/** Taking changes back. */
import { request } from "./http";
import type { Task } from "./types";

export interface Undone {
  /** What undid it: itself a change, which can be undone. */
  change: string;
  /** What is left of the tasks that it was about, as they are now. */
  tasks: Task[];
}

/**
 * Take back a change of one's own, named by the `X-Change` of its answer.
 *
 * Raises `ApiError` 409 when somebody changed the same since, with the current `task`; 410 when it
 * was made too long ago, 404 when there is no such change.
 */
export function undoChange(change: string, mutation: string): Promise<Undone> {
  return request(`/api/changes/${change}/undo/`, { method: "POST", mutation });
}
