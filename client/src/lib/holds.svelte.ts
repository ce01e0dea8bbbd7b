/** Whose hand is on which card: what others hold, and telling them what is held here. */
import { Marks } from "./marks.svelte";
import type { Hold, HoldAction } from "./protocol";

/** Others' holds end when they are not renewed for this long (the server's lock TTL). */
const EXPIRY_MS = 6_000;
const RENEWAL_MS = 2_000;

export type HoldKind = "drag" | "edit";

export interface Held {
  actor: string;
  kind: HoldKind;
}

export class Holds {
  /** Task id to who holds it. */
  readonly others = new Marks<Held>();
  #expiries = new Map<number, ReturnType<typeof setTimeout>>();
  #renewals = new Map<string, ReturnType<typeof setInterval>>();
  #say: (action: HoldAction, taskId: number) => void;

  /** `say` sends an ephemeral message to the others. */
  constructor(say: (action: HoldAction, taskId: number) => void) {
    this.#say = say;
  }

  /** Take note of somebody's message. */
  note({ id, action, actor }: Hold): void {
    clearTimeout(this.#expiries.get(id));
    if (action === "dragstart" || action === "editstart") {
      const held = this.others.get(id);
      const kind = action === "dragstart" ? "drag" : "edit";
      if (held?.actor !== actor || held.kind !== kind) this.others.set(id, { actor, kind });
      this.#expiries.set(
        id,
        setTimeout(() => this.others.delete(id), EXPIRY_MS),
      );
    } else if (this.others.get(id)?.actor === actor) {
      this.others.delete(id);
    }
  }

  /** Replace everything known about others, after a connection was made. */
  reset(holds: readonly Hold[]): void {
    this.forgetOthers();
    for (const hold of holds) this.note(hold);
  }

  /** Nothing is known about others while there is no connection. */
  forgetOthers(): void {
    for (const timer of this.#expiries.values()) clearTimeout(timer);
    this.#expiries.clear();
    this.others.clear();
  }

  /** Hold a task here until `release`, telling the others again every two seconds. */
  grab(kind: HoldKind, taskId: number): void {
    const key = `${kind} ${taskId}`;
    if (this.#renewals.has(key)) return;
    const start = () => this.#say(kind === "drag" ? "dragstart" : "editstart", taskId);
    start();
    this.#renewals.set(key, setInterval(start, RENEWAL_MS));
  }

  /** Let go of a task. */
  release(kind: HoldKind, taskId: number): void {
    const key = `${kind} ${taskId}`;
    if (!this.#renewals.has(key)) return;
    clearInterval(this.#renewals.get(key));
    this.#renewals.delete(key);
    this.#say(kind === "drag" ? "drop" : "editend", taskId);
  }

  /** Let go of everything and stop all timers. */
  stop(): void {
    for (const timer of this.#renewals.values()) clearInterval(timer);
    this.#renewals.clear();
    this.forgetOthers();
  }
}
