/**
 * One task open for editing: what is typed, what is saved, and what others changed meanwhile.
 *
 * Every field is saved by itself with the version it was read at. A field in use is never written
 * over; when somebody else changed the same field, both values are kept until one is chosen.
 */
import * as api from "./api";
import { FIELD_NAMES, idsOf, idsText, isIds, mergedIds } from "./field-values";
import { isUnavailable, problemWords } from "./http";
import type { Outbox } from "./outbox.svelte";
import type { Card, FieldValue, Task } from "./types";
import { undo } from "./undo";

export const FIELDS = [
  "name",
  "description",
  "assigned",
  "points",
  "started",
  "due",
  "completed",
  "labels",
  "is_blocked",
] as const;

export type FieldName = (typeof FIELDS)[number];
/** `kept`: put off until the server is back. */
export type Phase = "idle" | "saving" | "saved" | "kept" | "failed";

/** What a form needs of the board that it is opened on. */
export interface FormBoard {
  outbox: Outbox;
  confirm(task: Card): void;
  card(id: number): Card | null;
}

/** What two people's changes of one text come to, where both can hold. */
type Merge = (base: string, mine: string, theirs: string) => string;

const SAVED_MS = 2_000;

/**
 * One field; values are text as inputs have them, "" for null.
 *
 * With `merge` two people's changes are joined; without, one of the two has to be chosen.
 */
export class Field {
  value = $state("");
  phase: Phase = $state("idle");
  /** What the server or the network had against the value. */
  error = $state("");
  #saved = $state("");
  /** What somebody else made of the field while it was in use here. */
  #other: string | null = $state(null);
  #isFocused = $state(false);
  #merge: Merge | null;

  constructor(merge: Merge | null = null) {
    this.#merge = merge;
  }

  get isDirty(): boolean {
    return this.value !== this.#saved;
  }

  /** The other's value while it is open which of the two stays; null without a conflict. */
  get theirs(): string | null {
    return this.isDirty ? this.#other : null;
  }

  /** What somebody else made of the field that is in use but unchanged here; it comes when left. */
  get coming(): string | null {
    return this.#isFocused && !this.isDirty ? this.#other : null;
  }

  /** Take the server's value, unless that would write over what somebody is typing here. */
  accept(value: string): void {
    if (this.#merge) {
      this.value = this.#merge(this.#saved, this.value, value);
      this.#saved = value;
    } else if (value === this.value || (!this.isDirty && !this.#isFocused)) {
      this.#saved = this.value = value;
      this.#other = null;
    } else if (value !== this.#saved) {
      this.#other = value;
    }
  }

  /** Note that `sent` was saved as `value`; what was typed since stays. */
  confirm(sent: string, value: string): void {
    this.#saved = value;
    this.#other = null;
    if (this.#merge) this.value = this.#merge(sent, this.value, value);
    else if (this.value === sent && !this.#isFocused) this.value = value;
  }

  focus(): void {
    this.#isFocused = true;
  }

  blur(): void {
    this.#isFocused = false;
    if (!this.isDirty && this.#other !== null) this.accept(this.#other);
  }

  /** End a conflict; with `mine` the field stays dirty and can be saved over the other's value. */
  choose(which: "mine" | "theirs"): void {
    if (this.#other === null) return;
    this.#saved = this.#other;
    if (which === "theirs") this.value = this.#other;
    this.#other = null;
    this.error = "";
  }

  /** Go back to what is saved. */
  reset(): void {
    this.value = this.#saved;
    this.error = "";
    this.phase = "idle";
  }

  /** Say "Saved" for a moment. */
  showSaved(): void {
    this.phase = "saved";
    this.error = "";
    setTimeout(() => {
      if (this.phase === "saved") this.phase = "idle";
    }, SAVED_MS);
  }

  /** Keep the value and say why it is not saved. */
  fail(message: string): void {
    this.phase = "failed";
    this.error = message;
  }
}

export class TaskForm {
  readonly id: number;
  /** The newest state that the server told; null until loaded. */
  task: Task | null = $state.raw(null);
  failure: Error | null = $state.raw(null);
  /** Shown as the board knows it: its description can only be read from the server. */
  isPartial = $state(false);
  readonly fields: Record<FieldName, Field>;
  #board: FormBoard;
  #loading: Promise<void> | null = null;
  #queue: Promise<void> = Promise.resolve();

  constructor(id: number, board: FormBoard) {
    this.id = id;
    this.#board = board;
    const fields = FIELDS.map((name) => [name, newField(name)] as const);
    this.fields = Object.fromEntries(fields) as Record<FieldName, Field>;
  }

  /** True while something typed here is not on the server. */
  get isDirty(): boolean {
    return FIELDS.some((name) => this.fields[name].isDirty);
  }

  /** Read the task from the server; calls while one is under way share its answer. */
  load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => (this.#loading = null));
    return this.#loading;
  }

  /** Save a field if it was changed. Its own `phase`, `error` and `theirs` tell the outcome. */
  save(name: FieldName): Promise<void> {
    this.#queue = this.#queue.then(() => this.#save(name));
    return this.#queue;
  }

  /** Save all that was changed, as when the panel is left. */
  async saveAll(): Promise<void> {
    await Promise.all(FIELDS.map((name) => this.save(name)));
  }

  async #read(): Promise<void> {
    try {
      this.#accept(await api.task(this.id));
      this.isPartial = false;
      this.failure = null;
    } catch (error) {
      if (!isUnavailable(error) || !this.#takeCard()) this.failure = error as Error;
    }
  }

  /** Show what the board knows of the task; false when that is nothing. */
  #takeCard(): boolean {
    if (this.task) return true;
    const card = this.#board.card(this.id);
    if (!card) return false;
    this.isPartial = true;
    this.#accept({ ...card, description: "" });
    return true;
  }

  #accept(task: Task): void {
    if (this.task && task.version < this.task.version) return;
    this.task = task;
    for (const name of FIELDS) this.fields[name].accept(textOf(task[name]));
    if (!this.isPartial) this.#board.confirm(task);
  }

  async #save(name: FieldName): Promise<void> {
    const field = this.fields[name];
    const text = field.value;
    if (!this.task || !field.isDirty || field.theirs !== null) return;
    field.phase = "saving";
    try {
      await this.#write(name, text);
    } catch (error) {
      const current = api.currentTask(error);
      if (current) this.#accept(current);
      if (field.theirs !== null || !field.isDirty) field.phase = "idle";
      else field.fail(problemWords(error, name));
    }
  }

  async #write(name: FieldName, text: string): Promise<void> {
    const value = wireValue(name, text);
    const { id, version } = this.task!;
    const change = { kind: "edit", taskId: id, field: name, value, version } as const;
    const base = this.task![name];
    const { outbox } = this.#board;
    const title = api.cardTitle(this.task!);
    const outcome = await undo.perform({
      send: (mutation) => outbox.submit({ ...change, base }, title, mutation),
      told: () => `Changed the ${FIELD_NAMES[name]} of ${this.task!.key}`,
      outbox,
    });
    const field = this.fields[name];
    if (outcome.kind === "done") {
      field.confirm(text, textOf(outcome.task[name]));
      this.#accept(outcome.task);
      field.showSaved();
    } else {
      field.confirm(text, text);
      this.task = { ...this.task!, [name]: value };
      field.phase = "kept";
    }
  }
}

function newField(name: FieldName): Field {
  return new Field(name === "labels" ? mergedTexts : null);
}

function mergedTexts(base: string, mine: string, theirs: string): string {
  return idsText(mergedIds(idsOf(base), idsOf(mine), idsOf(theirs)));
}

function textOf(value: FieldValue): string {
  if (isIds(value)) return idsText(value);
  return value === null || value === false ? "" : String(value);
}

function wireValue(name: FieldName, text: string): FieldValue {
  if (name === "name" || name === "description") return text;
  if (name === "labels") return idsOf(text);
  if (name === "is_blocked") return text !== "";
  if (text === "") return null;
  return name === "points" && /^-?\d+$/.test(text) ? Number(text) : text;
}
