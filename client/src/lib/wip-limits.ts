/** Limits of work in progress, as they are typed. Pure. */
import { COLUMN_NAMES, STATUSES } from "./columns";
import type { WipLimits } from "./team";
import type { Project } from "./types";

export const LARGEST_LIMIT = 999;

/**
 * Those limits that differ from the present ones; `typed` has one text for each status.
 *
 * Raises `Error` in words when one is not a number that a limit can be.
 */
export function limitsGiven(typed: readonly string[], present: Project["wip_limits"]): WipLimits {
  const limits: WipLimits = {};
  STATUSES.forEach((status, index) => {
    const limit = limitOf(typed[index]!.trim(), COLUMN_NAMES[status]);
    if (limit !== (present[status] ?? null)) limits[status] = limit;
  });
  return limits;
}

function limitOf(text: string, column: string): number | null {
  if (text === "") return null;
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= LARGEST_LIMIT) return limit;
  throw new Error(`The limit of ${column} must be a number from 1 to ${LARGEST_LIMIT}, or empty.`);
}
