/** What others have done on a board since one's last visit, and telling how far one has seen it. */
import { request } from "./http";
import type { HistoryChange, Position } from "./types";

export interface BoardNews {
  /** Null before the first visit. */
  seen_at: string | null;
  /** Their changes, 500 at most; null: everything may have changed. */
  count: number | null;
  /** Ids of tasks. */
  tasks: readonly number[];
  /** The last 50, newest first. */
  changes: readonly HistoryChange[];
}

/** Raises what `request` raises, as the other one does. */
export function readNews(sprintId: number): Promise<BoardNews> {
  return request(`/api/sprints/${sprintId}/news/`);
}

/** The request outlives the page, which may be closing. */
export function tellSeen(
  sprintId: number,
  positions: ReadonlyMap<string, Position>,
): Promise<void> {
  const channels = Object.fromEntries(
    [...positions].map(([name, { epoch, seq }]) => [name, { epoch, seq }]),
  );
  const body = { channels };
  return request(`/api/sprints/${sprintId}/seen/`, { method: "POST", body, keepalive: true });
}
