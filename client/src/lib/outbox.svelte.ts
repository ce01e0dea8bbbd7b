/**
 * A person's changes on their way to the server: kept, sent in order, each applied once.
 *
 * A change is kept before it is sent and until the server has answered it, with its mutation id, so
 * that repeating it is safe. While the server is away changes are put off and wait; one that then
 * turns out to conflict keeps a `problem` until somebody decides, and the others go on.
 */
import { ApiError, newMutation } from "./api";
import { retryDelay } from "./backoff";
import {
  type Change,
  insisting,
  pendingOf,
  type Problem,
  problemOf,
  rebased,
  send,
  taskOf,
} from "./changes";
import type { Pending } from "./columns";
import { isUnavailable } from "./http";
import type { Kept } from "./kept";
import type { Task } from "./types";

export interface Entry {
  readonly mutation: string;
  /** Milliseconds since 1970, later for each entry: their order. */
  readonly at: number;
  /** The task in words: its key and name. */
  readonly title: string;
  readonly change: Change;
  /** It could not be sent when it was made. */
  readonly isPutOff: boolean;
  readonly problem: Problem | null;
}

export type Outcome = { kind: "done"; task: Task } | { kind: "put-off" };

export interface OutboxSurroundings {
  now(): number;
  /** From 0 up to 1. */
  random: () => number;
  /** Runs `task` after `ms`; returns what cancels it. */
  after(ms: number, task: () => void): () => void;
  /** Runs `work` while no other window of this person sends. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}

interface Caller {
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

const TRIES = 3;

export class Outbox {
  entries: readonly Entry[] = $state.raw([]);
  /** Those that somebody must decide about. */
  problems = $derived(this.entries.filter((entry) => entry.problem !== null));
  /** How many could not be sent yet and wait for the server. */
  waiting = $derived(this.entries.filter((entry) => entry.isPutOff && !entry.problem).length);
  /** What the board shows before it is confirmed. */
  pending: readonly Pending[] = $derived.by(() => this.#shown());

  #kept: Kept<Entry>;
  #env: OutboxSurroundings;
  #callers = new Map<string, Caller>();
  #listeners = new Set<(task: Task) => void>();
  #attempt = 0;
  #cancelRetry: (() => void) | null = null;
  #isRunning = false;
  #isStopped = false;
  /** Those that the server may have, whether it has answered or not. */
  #tried = new Set<string>();
  #applied: ReadonlySet<string> = $state.raw(new Set());

  constructor(kept: Kept<Entry>, env: OutboxSurroundings) {
    this.#kept = kept;
    this.#env = env;
    this.entries = inOrder(kept.all().map(putOff));
  }

  /** Call `listener` with each task that the server answers; returns what stops that. */
  onConfirmed(listener: (task: Task) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Keep a change and send it after those before it.
   *
   * Resolves once it is done or put off. Rejects with `ApiError` when the server refuses it at
   * once; one that was put off before is never lost, but becomes a problem to decide about.
   */
  submit(change: Change, title: string, mutation = newMutation()): Promise<Outcome> {
    const at = Math.max(this.#env.now(), (this.entries.at(-1)?.at ?? 0) + 1);
    const isPutOff = this.#cancelRetry !== null;
    const entry = { mutation, at, title, change, isPutOff, problem: null };
    this.#put(entry);
    if (isPutOff) return Promise.resolve({ kind: "put-off" });
    const outcome = new Promise<Outcome>((resolve, reject) =>
      this.#callers.set(entry.mutation, { resolve, reject }),
    );
    void this.#run();
    return outcome;
  }

  /** True while a change is kept here: not sent yet, not answered, or not decided about. */
  has(mutation: string): boolean {
    return this.#find(mutation) !== undefined;
  }

  /** Give up a change that was never sent; false when the server may have it by now. */
  withdraw(mutation: string): boolean {
    if (!this.has(mutation) || this.#tried.has(mutation)) return false;
    return this.#remove(mutation);
  }

  /** Decide about a problem: send it against what others did, or give it up. */
  choose(mutation: string, which: "mine" | "theirs"): void {
    const entry = this.#find(mutation);
    if (!entry?.problem) return;
    if (which === "theirs") {
      for (const one of this.#builtOn(entry)) this.#remove(one.mutation);
    } else {
      const { change, problem } = entry;
      const mine = problem.kind === "changed" ? insisting(change, problem.task) : change;
      this.#put({ ...entry, change: mine, problem: null });
    }
    void this.#run();
  }

  /** An event tells that this change was applied: from now on the board shows it by itself. */
  noteApplied(mutation: string): void {
    if (this.#find(mutation)) this.#applied = new Set([...this.#applied, mutation]);
  }

  /** The server may be back: do not sit out the waiting time. */
  wake(): void {
    if (this.#isStopped || this.waiting === 0) return;
    this.#retryIn(retryDelay(0, this.#env.random));
  }

  /** Another window kept or finished entries. */
  refresh(): void {
    const known = new Map(this.entries.map((entry) => [entry.mutation, entry]));
    const stored = this.#kept.all().map((entry) => known.get(entry.mutation) ?? putOff(entry));
    this.entries = inOrder(stored);
  }

  /** Forget everything, as on signing out. */
  clear(): void {
    this.stop();
    this.#kept.clear();
    this.entries = [];
  }

  /** Send nothing any more; what is kept stays. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelRetry?.();
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const isThere = await this.#sendAll().finally(() => (this.#isRunning = false));
    if (!isThere) this.#putOff();
  }

  /** Send what can be sent; false when the server went away meanwhile. */
  async #sendAll(): Promise<boolean> {
    for (let entry = this.#next(); entry; entry = this.#next()) {
      const { mutation } = entry;
      if (!(await this.#env.exclusively(() => this.#sendKept(mutation)))) return false;
    }
    return true;
  }

  /** Send one entry; false when the server is away and all must wait. */
  async #sendKept(mutation: string): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      const entry = this.#find(mutation);
      // Another window has sent it meanwhile, or signed out.
      if (!entry || !this.#kept.has(mutation)) return this.#remove(mutation);
      this.#tried.add(mutation);
      try {
        this.#done(entry, await send(entry.change, mutation));
        return true;
      } catch (error) {
        if (isAway(error)) return false;
        const current = problemOf(error);
        const again = current.kind === "changed" ? rebased(entry.change, current.task) : null;
        if (!again || tries === TRIES) return this.#refuse(entry, error);
        // Kept before it is sent: if its answer is lost, the very same must be repeated.
        this.#put({ ...entry, change: again });
      }
    }
  }

  #done(entry: Entry, task: Task): void {
    this.#attempt = 0;
    this.#follow(entry, task.version);
    this.#remove(entry.mutation);
    for (const listener of this.#listeners) listener(task);
    this.#callers.get(entry.mutation)?.resolve({ kind: "done", task });
    this.#callers.delete(entry.mutation);
  }

  /** Later changes of the same task were made on top of this one. */
  #follow(entry: Entry, version: number): void {
    for (const later of this.#builtOn(entry).slice(1))
      if (later.change.kind !== "add" && later.change.version < version)
        this.#put({ ...later, change: { ...later.change, version } });
  }

  /** Who waits for the answer hears the refusal; otherwise it is kept for a decision. */
  #refuse(entry: Entry, error: unknown): true {
    const caller = this.#callers.get(entry.mutation);
    this.#callers.delete(entry.mutation);
    if (caller) {
      this.#remove(entry.mutation);
      caller.reject(error);
    } else {
      const problem = problemOf(error);
      this.#put({ ...this.#find(entry.mutation)!, problem });
      if (problem.kind === "changed")
        for (const listener of this.#listeners) listener(problem.task);
    }
    return true;
  }

  /** The server is away: nobody is kept waiting, and all is tried again later. */
  #putOff(): void {
    this.entries = this.entries.map(putOff);
    for (const caller of this.#callers.values()) caller.resolve({ kind: "put-off" });
    this.#callers.clear();
    this.#retryIn(retryDelay(this.#attempt++, this.#env.random));
  }

  #retryIn(ms: number): void {
    this.#cancelRetry?.();
    if (this.#isStopped) return;
    const cancel = this.#env.after(ms, () => {
      this.#cancelRetry = null;
      void this.#run();
    });
    this.#cancelRetry = cancel;
  }

  /** The first that can be sent: neither undecided itself nor made on top of one that is. */
  #next(): Entry | undefined {
    if (this.#isStopped) return undefined;
    return this.entries.find((entry) => !this.#isHeldUp(entry));
  }

  #isHeldUp(entry: Entry): boolean {
    return this.problems.some(
      (problem) => problem.mutation === entry.mutation || isBuiltOn(entry, problem),
    );
  }

  /** An entry and the later ones of its task. */
  #builtOn(entry: Entry): Entry[] {
    return [entry, ...this.entries.filter((later) => isBuiltOn(later, entry))];
  }

  #shown(): Pending[] {
    const shown = this.entries.filter(
      (entry) => !this.#applied.has(entry.mutation) && !this.#isHeldUp(entry),
    );
    return shown
      .filter(({ change, isPutOff }) => change.kind !== "add" || isPutOff)
      .map(({ change, mutation, at, isPutOff }) => ({
        ...pendingOf(change, mutation, at),
        isPutOff,
      }));
  }

  #find(mutation: string): Entry | undefined {
    return this.entries.find((entry) => entry.mutation === mutation);
  }

  #put(entry: Entry): void {
    try {
      this.#kept.set(entry.mutation, entry);
    } catch {
      // No room: it is still sent as long as this page stays.
    }
    const isNew = !this.#find(entry.mutation);
    this.entries = isNew
      ? [...this.entries, entry]
      : this.entries.map((one) => (one.mutation === entry.mutation ? entry : one));
  }

  #remove(mutation: string): true {
    this.#kept.remove(mutation);
    this.#tried.delete(mutation);
    this.entries = this.entries.filter((entry) => entry.mutation !== mutation);
    const applied = new Set(this.#applied);
    if (applied.delete(mutation)) this.#applied = applied;
    return true;
  }
}

function inOrder(entries: Entry[]): Entry[] {
  return entries.sort((a, b) => a.at - b.at);
}

function putOff(entry: Entry): Entry {
  return { ...entry, isPutOff: true };
}

function isBuiltOn(later: Entry, earlier: Entry): boolean {
  const task = taskOf(earlier.change);
  return later.at > earlier.at && task !== null && taskOf(later.change) === task;
}

/** Nothing is wrong with the change: the server is away, or somebody must sign in again first. */
function isAway(error: unknown): boolean {
  return isUnavailable(error) || (error instanceof ApiError && error.status === 401);
}
