/** What was done in a project, and taking changes back. */
import { type Page, request, requestPage } from "./http";
import type { HistoryChange, IsoDate, Task } from "./types";

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

/** Which changes of a project are asked for; null is today, and all of its boards. */
export interface ActivityQuery {
  day: IsoDate | null;
  sprint: number | null;
}

/** A page of what was done in a project on a day, newest first; the first one, or that of a path. */
export function activity(
  projectId: number,
  query: ActivityQuery,
  path: string | null,
): Promise<Page<HistoryChange>> {
  const given = Object.entries(query).filter(([, value]) => value !== null);
  const asked = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return requestPage(path ?? `/api/projects/${projectId}/activity/?${asked}`);
}

/** The days of about a year, newest first, on which something was done in a project. */
export async function activeDays(projectId: number): Promise<IsoDate[]> {
  return (await request<{ days: IsoDate[] }>(`/api/projects/${projectId}/activity/days/`)).days;
}
