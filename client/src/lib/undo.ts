/**
 * One's own changes on this page, to take back and to do again: by a message, or by Ctrl-Z.
 *
 * The server does it, and refuses when somebody else has changed the same since. What it has not
 * been sent yet only leaves the outbox. Kept in memory: another window has its own.
 */
import { currentTask, newMutation } from "./api";
import { isUnavailable, onChanged } from "./http";
import type { Outbox } from "./outbox.svelte";
import { toasts } from "./toasts.svelte";
import type { Task } from "./types";
import { undoChange } from "./undo-api";

const MOST = 50;

/** Something that a person does. */
export interface Act<T> {
  send: (mutation: string) => Promise<T>;
  /** What was done, in words: "Moved WEB-12 to Testing". */
  told: (answer: T) => string;
  /** Where it waits while the server is away. */
  outbox?: Pick<Outbox, "has" | "withdraw">;
  /** So small that no message tells of it; Ctrl-Z takes it back all the same. */
  isQuiet?: boolean;
}

type Direction = "undo" | "redo";

const NOTHING: Record<Direction, string> = {
  undo: "There is nothing to undo.",
  redo: "There is nothing to redo.",
};
const DONE: Record<Direction, (words: string) => string> = {
  undo: (words) => `Undone: ${words}`,
  redo: (words) => `Done again: ${words}`,
};
const REFUSAL: Record<Direction, (words: string, reason: string) => string> = {
  undo: (words, reason) => `Not undone: ${words}. ${reason}`,
  redo: (words, reason) => `Not done again: ${words}. ${reason}`,
};
const LABELS: Record<Direction, string> = { undo: "Undo", redo: "Redo" };
const OPPOSITE: Record<Direction, Direction> = { undo: "redo", redo: "undo" };

/** Something that was done, or undone, and can be reversed. */
class Deed {
  readonly mutation = newMutation();
  /** Of taking it back: asked for again after a lost answer, it is the same write. */
  readonly reversal = newMutation();
  words = "";
  /** The change that it made; null while the server has not told. */
  change: string | null = null;
  /** To be taken back as soon as the server has it. */
  isAwaited = false;
  /** When it has been answered, put off or refused. */
  settled: Promise<unknown> = Promise.resolve();
  readonly outbox: Act<unknown>["outbox"];

  constructor(outbox?: Act<unknown>["outbox"]) {
    this.outbox = outbox;
  }
}

export class Undo {
  #stacks: Record<Direction, Deed[]> = { undo: [], redo: [] };
  /** Those of which the server has not told the change, by the mutation that makes it. */
  #unanswered = new Map<string, Deed>();
  #queue: Promise<void> = Promise.resolve();
  #listeners = new Set<(task: Task) => void>();
  #toast: number | null = null;

  /** Call `listener` with each task that something was taken back of; returns what stops that. */
  onReversed(listener: (task: Task) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Do something, say so, and offer to take it back. Resolves and rejects as `send` does. */
  async perform<T>({ send, told, outbox, isQuiet = false }: Act<T>): Promise<T> {
    const deed = new Deed(outbox);
    this.#stacks.redo = [];
    this.#push("undo", deed);
    this.#unanswered.set(deed.mutation, deed);
    const sent = send(deed.mutation);
    deed.settled = sent.catch(() => this.#drop(deed));
    const answer = await sent;
    deed.words = told(answer);
    this.#tell(deed, isQuiet);
    return answer;
  }

  /** Take back what was done last, or do again what was taken back last. */
  async run(direction: Direction): Promise<void> {
    const deed = this.#stacks[direction].at(-1);
    if (deed) await this.#reverse(deed, direction);
    else toasts.announce(NOTHING[direction]);
  }

  /** The server has told which change a write has made. */
  noteChange(mutation: string, change: string): void {
    const deed = this.#unanswered.get(mutation);
    if (!deed) return;
    this.#unanswered.delete(mutation);
    deed.change = change;
    if (deed.isAwaited) void this.#reverse(deed, "undo");
  }

  /** Forget everything, as on signing out. */
  clear(): void {
    this.#stacks = { undo: [], redo: [] };
    this.#unanswered.clear();
  }

  /** What changed nothing can only be told. */
  #tell(deed: Deed, isQuiet: boolean): void {
    const waits = deed.outbox?.has(deed.mutation) ?? false;
    const words = waits ? `${deed.words}, to be sent when the server is back` : deed.words;
    const canUndo = waits || deed.change !== null;
    if (!canUndo) this.#drop(deed);
    if (isQuiet) return;
    if (canUndo) this.#offer(deed, "undo", words);
    else toasts.announce(words);
  }

  /** One after the other, each when what it takes back has been answered. */
  #reverse(deed: Deed, direction: Direction): Promise<void> {
    this.#take(deed);
    this.#queue = this.#queue.then(async () => {
      if ((await deed.settled) === REFUSED) return;
      if (deed.change === null) this.#withdraw(deed);
      else await this.#ask(deed, deed.change, direction);
    });
    return this.#queue;
  }

  #withdraw(deed: Deed): void {
    if (deed.outbox?.withdraw(deed.mutation)) return this.#show(DONE.undo(deed.words));
    deed.isAwaited = true;
    this.#show(`To be undone when the server is back: ${deed.words}`);
  }

  async #ask(deed: Deed, change: string, direction: Direction): Promise<void> {
    try {
      const { change: reversal, tasks } = await undoChange(change, deed.reversal);
      for (const task of tasks) this.#confirm(task);
      const back = Object.assign(new Deed(), { words: deed.words, change: reversal });
      this.#push(OPPOSITE[direction], back);
      this.#offer(back, OPPOSITE[direction], DONE[direction](deed.words));
    } catch (error) {
      this.#fail(deed, direction, error);
    }
  }

  /** While the server is away it can be tried again; otherwise it is settled. */
  #fail(deed: Deed, direction: Direction, error: unknown): void {
    const current = currentTask(error);
    if (current) this.#confirm(current);
    if (isUnavailable(error)) this.#push(direction, deed);
    const reason = error instanceof Error ? error.message : String(error);
    this.#show(REFUSAL[direction](deed.words, reason), { tone: "problem" });
  }

  #confirm(task: Task): void {
    for (const listener of this.#listeners) listener(task);
  }

  #offer(deed: Deed, direction: Direction, text: string): void {
    const run = () => void this.#reverse(deed, direction);
    this.#show(text, { action: { label: LABELS[direction], run } });
  }

  /** One message at a time is about this. */
  #show(text: string, options: Parameters<typeof toasts.show>[1] = {}): void {
    if (this.#toast !== null) toasts.close(this.#toast);
    this.#toast = toasts.show(text, options);
  }

  #push(direction: Direction, deed: Deed): void {
    this.#stacks[direction] = [...this.#stacks[direction], deed].slice(-MOST);
  }

  #take(deed: Deed): void {
    for (const direction of ["undo", "redo"] as const)
      this.#stacks[direction] = this.#stacks[direction].filter((one) => one !== deed);
  }

  /** Nothing came of it. */
  #drop(deed: Deed): typeof REFUSED {
    this.#take(deed);
    this.#unanswered.delete(deed.mutation);
    return REFUSED;
  }
}

const REFUSED = Symbol("refused");

// Text fields have their own, and what lies below an open dialog is out of sight.
const BUSY = [
  "textarea, [contenteditable], input:not([type=checkbox], [type=radio])",
  "[role=dialog], [role=alertdialog], [role=menu]",
].join();

/** What a key on the page means for this; null for other keys, and in text fields and dialogs. */
export function directionOf(event: KeyboardEvent): Direction | null {
  const direction = DIRECTIONS[chordOf(event)];
  if (!direction || event.defaultPrevented) return null;
  return (event.target as Element | null)?.closest?.(BUSY) ? null : direction;
}

const DIRECTIONS: Record<string, Direction> = {
  "ctrl+z": "undo",
  "meta+z": "undo",
  "ctrl+shift+z": "redo",
  "meta+shift+z": "redo",
  "ctrl+y": "redo",
};

function chordOf({ ctrlKey, metaKey, altKey, shiftKey, key }: KeyboardEvent): string {
  const modifiers = [ctrlKey && "ctrl", metaKey && "meta", altKey && "alt", shiftKey && "shift"];
  return [...modifiers, key.toLowerCase()].filter(Boolean).join("+");
}

/** Of this page. */
export const undo = new Undo();
onChanged((mutation, change) => undo.noteChange(mutation, change));
