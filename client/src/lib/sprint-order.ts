/** Which sprint of a project is current, which come, which are over. Pure. */
import type { IsoDate, Sprint } from "./types";

export interface SprintShelves {
  current: Sprint | null;
  future: Sprint[];
  past: Sprint[];
}

/** A sprint is over when it was closed or its last day has passed. */
export function isOver(sprint: Pick<Sprint, "end" | "closed_at">, today: IsoDate): boolean {
  return sprint.closed_at !== null || sprint.end < today;
}

/**
 * Sort sprints: the current one is the first to end of those that have begun (one without a start
 * counts as begun); the rest that is not over is future, soonest first; past ones newest first.
 */
export function shelve(sprints: readonly Sprint[], today: IsoDate): SprintShelves {
  const byEnd = [...sprints].sort((a, b) => a.end.localeCompare(b.end));
  const open = byEnd.filter((sprint) => !isOver(sprint, today));
  const current = open.find((sprint) => sprint.start === null || sprint.start <= today) ?? null;
  return {
    current,
    future: open.filter((sprint) => sprint !== current),
    past: byEnd.filter((sprint) => isOver(sprint, today)).reverse(),
  };
}
