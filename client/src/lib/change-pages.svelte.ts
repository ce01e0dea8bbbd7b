/** Changes, newest first: loaded a page at a time, and read again when something came. */
import type { Page } from "./http";
import type { HistoryChange } from "./types";

/** Reads the newest page, or that of a path; raises what `request` raises. */
export type ReadPage = (path: string | null) => Promise<Page<HistoryChange>>;

export class ChangePages {
  /** Null until they have come. */
  changes: readonly HistoryChange[] | null = $state.raw(null);
  failure: Error | null = $state.raw(null);
  isLoading = $state(false);
  #next: string | null = $state.raw(null);
  #isOutdated = false;
  #read: ReadPage;

  hasMore = $derived(this.#next !== null);

  constructor(read: ReadPage) {
    this.#read = read;
  }

  /** Load what came before. */
  more(): Promise<void> {
    return this.#load(this.#next);
  }

  /** Read the newest page, once the one under way has come. */
  async refresh(): Promise<void> {
    if (this.isLoading) this.#isOutdated = true;
    else await this.#load(null);
  }

  async #load(path: string | null): Promise<void> {
    if (this.isLoading) return;
    this.isLoading = true;
    this.#isOutdated = false;
    try {
      this.#take(await this.#read(path), path === null);
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
