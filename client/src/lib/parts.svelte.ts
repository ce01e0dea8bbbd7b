/**
 * The comments, or another kind of parts, of one open task: true whatever comes first.
 *
 * A list that was asked for may be answered before or after events that tell of the same changes.
 * The newest version of a part holds, what was removed leaves its version behind, and what was told
 * while a list was under way is not undone by it.
 */
import type { BoardEvent, ObjectEvent } from "./types";

interface Part {
  id: number;
  task: number;
  version: number;
}

export interface PartsSource<T> {
  model: ObjectEvent["model"];
  /** All of the task's, in any order. */
  read: () => Promise<T[]>;
  compare: (one: T, other: T) => number;
}

export class Parts<T extends Part> {
  readonly taskId: number;
  /** Why the newest list could not be had; what was there before stays. */
  failure: Error | null = $state.raw(null);
  isLoaded = $state(false);
  #held: ReadonlyMap<number, T> = $state.raw(new Map());
  #source: PartsSource<T>;
  #graves = new Map<number, number>();
  /** Ids that were told of since the newest list was asked for. */
  #told = new Set<number>();

  list: readonly T[] = $derived.by(() => [...this.#held.values()].sort(this.#source.compare));

  constructor(taskId: number, source: PartsSource<T>) {
    this.taskId = taskId;
    this.#source = source;
  }

  get(id: number): T | undefined {
    return this.#held.get(id);
  }

  /** Ask for the list; of two that are under way the one that was asked for last counts. */
  async load(): Promise<void> {
    const told = (this.#told = new Set());
    try {
      const list = await this.#source.read();
      if (told !== this.#told) return;
      this.#replace(list, told);
      this.isLoaded = true;
      this.failure = null;
    } catch (error) {
      if (told === this.#told) this.failure = error as Error;
    }
  }

  /** Take over what an answer or an event brought, unless something newer is known. */
  take(part: T): void {
    if (part.version <= this.#knownVersion(part.id)) return;
    this.#told.add(part.id);
    this.#held = new Map(this.#held).set(part.id, part);
  }

  /** Remove a part in the version that an event tells, or in the one after what is held. */
  drop(id: number, version = (this.#held.get(id)?.version ?? 0) + 1): void {
    if (version <= this.#knownVersion(id)) return;
    this.#told.add(id);
    this.#graves.set(id, version);
    const held = new Map(this.#held);
    held.delete(id);
    this.#held = held;
  }

  /** Apply an event; those of other kinds and other tasks do nothing. */
  receive(event: BoardEvent): void {
    if (event.model === "column" || event.model !== this.#source.model) return;
    if (event.action === "remove") this.drop(event.id, event.version);
    else if (event.body?.task !== this.taskId) return;
    // A text that was too big for the wire: only the list has it.
    else if (event.omitted?.length) void this.load();
    else this.take(event.body as unknown as T);
  }

  #replace(list: readonly T[], told: ReadonlySet<number>): void {
    const held = new Map([...this.#held].filter(([id]) => told.has(id)));
    for (const part of list) {
      const known = held.get(part.id)?.version ?? this.#graves.get(part.id) ?? 0;
      if (part.version > known) held.set(part.id, part);
    }
    this.#held = held;
  }

  #knownVersion(id: number): number {
    return this.#held.get(id)?.version ?? this.#graves.get(id) ?? 0;
  }
}
