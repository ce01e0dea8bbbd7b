/** What was done to an open task, newest first: loaded when asked for, a page at a time. */
import * as api from "./details-api";
import type { Page } from "./http";
import type { BoardEvent, HistoryChange } from "./types";

const OF_TASKS = new Set(["comment", "checklist_item", "attachment"]);

export class TaskHistory {
  readonly taskId: number;
  /** Null until it was asked for and has come. */
  changes: readonly HistoryChange[] | null = $state.raw(null);
  failure: Error | null = $state.raw(null);
  isLoading = $state(false);
  #next: string | null = $state.raw(null);
  #isWanted = false;
  #isOutdated = false;

  hasMore = $derived(this.#next !== null);

  constructor(taskId: number) {
    this.taskId = taskId;
  }

  /** Load the newest page; from now on what happens to the task is followed. */
  async open(): Promise<void> {
    this.#isWanted = true;
    await this.#load(null);
  }

  /** It is not looked at any more. */
  close(): void {
    this.#isWanted = false;
  }

  /** Load what came before. */
  more(): Promise<void> {
    return this.#load(this.#next);
  }

  /** Something happened on the board: if it was to this task, read what. */
  receive(event: BoardEvent): void {
    if (!this.#isWanted || event.model === "column") return;
    const isOwn = event.model === "task" && event.id === this.taskId;
    const isPart = OF_TASKS.has(event.model) && event.body?.task === this.taskId;
    if (isOwn || isPart) this.refresh();
  }

  /** Read the newest page again, once the one under way has come. */
  refresh(): void {
    if (!this.#isWanted) return;
    if (this.isLoading) this.#isOutdated = true;
    else void this.#load(null);
  }

  async #load(path: string | null): Promise<void> {
    if (this.isLoading) return;
    this.isLoading = true;
    this.#isOutdated = false;
    try {
      this.#take(await api.history(this.taskId, path), path === null);
      this.failure = null;
    } catch (error) {
      this.failure = error as Error;
    } finally {
      this.isLoading = false;
    }
    if (this.#isOutdated) await this.#load(null);
  }

  /** A page goes before or after what is there; a newest one that does not touch it replaces it. */
  #take({ results, next }: Page<HistoryChange>, isNewest: boolean): void {
    const held = this.changes ?? [];
    const came = new Set(results.map(({ change }) => change));
    const others = held.filter(({ change }) => !came.has(change));
    const isApart = others.length === held.length;
    if (!isNewest) this.changes = [...others, ...results];
    else this.changes = isApart ? results : [...results, ...others];
    if (!isNewest || isApart) this.#next = next;
  }
}
