/**
 * One task open for editing: what is typed, what is saved, and what others changed meanwhile.
 *
 * Every field is saved by itself with the version it was read at. A field in use is never written
 * over; when somebody else changed the same field, both values are kept until one is chosen.
 */
import * as api from "./api";
import type { Task } from "./types";

export const FIELDS = [
  "name",
  "description",
  "assigned",
  "points",
  "started",
  "due",
  "completed",
] as const;

export type FieldName = (typeof FIELDS)[number];
export type Phase = "idle" | "saving" | "saved" | "failed";

const SAVED_MS = 2_000;
const TRIES = 3;

/** One field; values are text as inputs have them, "" for null. */
export class Field {
  value = $state("");
  phase: Phase = $state("idle");
  /** What the server or the network had against the value. */
  error = $state("");
  #saved = $state("");
  /** What somebody else made of the field while it was in use here. */
  #other: string | null = $state(null);
  #isFocused = false;

  get isDirty(): boolean {
    return this.value !== this.#saved;
  }

  /** The other's value while it is open which of the two stays; null without a conflict. */
  get theirs(): string | null {
    return this.isDirty ? this.#other : null;
  }

  /** Take the server's value, unless that would write over what somebody is typing here. */
  accept(value: string): void {
    if (value === this.value || (!this.isDirty && !this.#isFocused)) {
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
    if (this.value === sent && !this.#isFocused) this.value = value;
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
  readonly fields: Record<FieldName, Field>;
  #confirmed: (task: Task) => void;
  #loading: Promise<void> | null = null;
  #queue: Promise<void> = Promise.resolve();

  /** `confirmed` is told every task that the server answers. */
  constructor(id: number, confirmed: (task: Task) => void) {
    this.id = id;
    this.#confirmed = confirmed;
    const fields = FIELDS.map((name) => [name, new Field()] as const);
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
      this.failure = null;
    } catch (error) {
      this.failure = error as Error;
    }
  }

  #accept(task: Task): void {
    if (this.task && task.version < this.task.version) return;
    this.task = task;
    for (const name of FIELDS) this.fields[name].accept(textOf(task[name]));
    this.#confirmed(task);
  }

  async #save(name: FieldName): Promise<void> {
    const field = this.fields[name];
    const text = field.value;
    if (!this.task || !field.isDirty || field.theirs !== null) return;
    field.phase = "saving";
    try {
      await this.#patch(name, text);
      field.showSaved();
    } catch (error) {
      if (field.theirs !== null) field.phase = "idle";
      else field.fail(messageFor(name, error));
    }
  }

  /** PATCH one field; when others changed only other fields, again with the newer version. */
  async #patch(name: FieldName, text: string): Promise<void> {
    const mutation = api.newMutation();
    const patch = { [name]: wireValue(name, text) };
    for (let tries = 1; ; tries++) {
      try {
        const task = await api.patchTask(this.id, patch, this.task!.version, mutation);
        this.fields[name].confirm(text, textOf(task[name]));
        this.#accept(task);
        return;
      } catch (error) {
        const current = api.currentTask(error);
        if (!current) throw error;
        this.#accept(current);
        if (!this.fields[name].isDirty) return;
        if (this.fields[name].theirs !== null || tries === TRIES) throw error;
      }
    }
  }
}

function textOf(value: string | number | null): string {
  return value === null ? "" : String(value);
}

function wireValue(name: FieldName, text: string): string | number | null {
  if (name === "name" || name === "description") return text;
  if (text === "") return null;
  return name === "points" && /^-?\d+$/.test(text) ? Number(text) : text;
}

function messageFor(name: FieldName, error: unknown): string {
  if (error instanceof api.ApiError) return error.fields[name]?.[0] ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
