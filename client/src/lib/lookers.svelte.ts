/** Who else has a task open: what others told, and telling them what is open here. */
import { Marks } from "./marks.svelte";
import type { Look, LookAction } from "./protocol";
import type { Surroundings } from "./socket";

const RENEWAL_MS = 10_000;
/** The server keeps nothing that could end a look of a process that died: silence does. */
const EXPIRY_MS = 25_000;

type After = Surroundings["after"];

interface Seen {
  taskId: number;
  actor: string;
  forget: () => void;
}

export class Lookers {
  /** Task id to the usernames of the others who look at it, first come first. */
  readonly others = new Marks<readonly string[]>();
  #username: string;
  #say: (action: LookAction, taskId: number) => void;
  #after: After;
  #seen = new Map<string, Seen>();
  #open = new Map<number, () => void>();

  /** `say` sends an ephemeral message to the others; `after` is the clock. */
  constructor(username: string, say: (action: LookAction, taskId: number) => void, after: After) {
    this.#username = username;
    this.#say = say;
    this.#after = after;
  }

  /** Take note of somebody's message; a newcomer is told at once who is here. */
  note({ id, action, actor, conn }: Look): void {
    const key = `${id} ${conn}`;
    const seen = this.#seen.get(key);
    seen?.forget();
    if (action === "lookend") return this.#remove(key, id);
    const forget = this.#after(EXPIRY_MS, () => this.#remove(key, id));
    this.#seen.set(key, { taskId: id, actor, forget });
    if (seen) return;
    this.#show(id);
    if (this.#open.has(id)) this.#renew(id);
  }

  /** A task is open here until `close`. */
  open(taskId: number): void {
    if (!this.#open.has(taskId)) this.#renew(taskId);
  }

  close(taskId: number): void {
    if (!this.#open.has(taskId)) return;
    this.#open.get(taskId)!();
    this.#open.delete(taskId);
    this.#say("lookend", taskId);
  }

  /** Tell again what is open here, as over a new connection. */
  renew(): void {
    for (const taskId of [...this.#open.keys()]) this.#renew(taskId);
  }

  /** Nothing is known about others while there is no connection. */
  forgetOthers(): void {
    for (const { forget } of this.#seen.values()) forget();
    this.#seen.clear();
    this.others.clear();
  }

  /** Close everything and stop all timers. */
  stop(): void {
    for (const taskId of [...this.#open.keys()]) this.close(taskId);
    this.forgetOthers();
  }

  #renew(taskId: number): void {
    this.#open.get(taskId)?.();
    this.#open.set(
      taskId,
      this.#after(RENEWAL_MS, () => this.#renew(taskId)),
    );
    this.#say("lookstart", taskId);
  }

  #remove(key: string, taskId: number): void {
    if (this.#seen.delete(key)) this.#show(taskId);
  }

  /** Somebody who has the task open in two windows is there once, and oneself is nobody else. */
  #show(taskId: number): void {
    const actors = [...this.#seen.values()]
      .filter((seen) => seen.taskId === taskId && seen.actor !== this.#username)
      .map(({ actor }) => actor);
    if (actors.length > 0) this.others.set(taskId, [...new Set(actors)]);
    else this.others.delete(taskId);
  }
}
