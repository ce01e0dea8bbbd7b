/** What was done in a project, a day at a time, and the days on which something was. */
import { ChangePages } from "./change-pages.svelte";
import type { HistoryChange, IsoDate, ToldTask } from "./types";
import * as undoApi from "./undo-api";

export type ActivityApi = Pick<typeof undoApi, "activity" | "activeDays">;

export class Activity {
  /** The changes of the day that is shown; null before the first one is. */
  pages: ChangePages | null = $state.raw(null);
  /** Days with activity, newest first; null until they have come. */
  days: readonly IsoDate[] | null = $state.raw(null);
  #projectId: number;
  #api: ActivityApi;

  constructor(projectId: number, api: ActivityApi = undoApi) {
    this.#projectId = projectId;
    this.#api = api;
  }

  /** Show another day, or that day of another board only. */
  async show(query: undoApi.ActivityQuery): Promise<void> {
    this.pages = new ChangePages((path) => this.#api.activity(this.#projectId, query, path));
    await this.refresh();
  }

  /** Read again what is shown. */
  async refresh(): Promise<void> {
    await Promise.all([this.pages?.refresh(), this.#loadDays()]);
  }

  async #loadDays(): Promise<void> {
    try {
      this.days = await this.#api.activeDays(this.#projectId);
    } catch {
      // What matters is the day itself, which tells when it cannot be read.
    }
  }
}

/** The days that can be chosen, newest first: today, the one that is shown, and those with activity. */
export function choicesOf(days: readonly IsoDate[], shown: IsoDate, today: IsoDate): IsoDate[] {
  return [...new Set([...days, shown, today])].sort().reverse();
}

/** What one change did to one task, or all that it did to the project itself (`task` null). */
export interface ToldChange extends HistoryChange {
  task: ToldTask | null;
}

/** A change in the parts that stand beside each other: one for each of its tasks. */
export function byTask(change: HistoryChange): ToldChange[] {
  const parts = new Map<number | null, ToldChange>();
  for (const entry of change.entries) {
    const task = entry.task ?? null;
    const part = parts.get(task?.id ?? null);
    const entries = [...(part?.entries ?? []), entry];
    parts.set(task?.id ?? null, { ...change, task, entries });
  }
  return [...parts.values()];
}

/** Changes in their order, in runs of the same `key`, such as an hour. */
export function runsOf<T>(items: readonly T[], key: (item: T) => string): [string, T[]][] {
  const runs: [string, T[]][] = [];
  for (const item of items) {
    const [name, last] = [key(item), runs.at(-1)];
    if (last?.[0] === name) last[1].push(item);
    else runs.push([name, [item]]);
  }
  return runs;
}
