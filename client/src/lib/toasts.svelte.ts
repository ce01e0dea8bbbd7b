/** Short messages at the foot of the page, and words for screen readers only. */
import { announcer } from "./own-announcer.svelte";

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "problem";
  action?: { label: string; run: () => void };
}

/** With a button there is more to read and to reach. */
const SHOWN_MS = { plain: 6_000, withAction: 8_000, problem: 12_000 };
const MOST = 3;

class Toasts {
  list: Toast[] = $state.raw([]);
  #last = 0;
  #isHeld = false;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  /** Show a message for some seconds, and say it; a problem stays for longer. Returns its id. */
  show(text: string, { tone = "plain", action }: Partial<Omit<Toast, "id" | "text">> = {}): number {
    const toast = { id: ++this.#last, text, tone, action };
    this.list = [...this.list.slice(1 - MOST), toast];
    // Problems are alerts, which are heard whatever else is wanted.
    if (tone === "plain") this.announce(text);
    if (!this.#isHeld) this.#startTime(toast);
    return toast.id;
  }

  /** Take a message away. */
  close(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.list = this.list.filter((toast) => toast.id !== id);
    // What is gone is not left by pointer or focus.
    if (this.list.length === 0) this.#isHeld = false;
  }

  /** The pointer or focus is on them: none goes away meanwhile, and each has its time anew. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    if (!isHeld) for (const toast of this.list) this.#startTime(toast);
  }

  /** Tell screen readers what was done here. */
  announce(text: string): void {
    announcer.own(text);
  }

  #startTime({ id, tone, action }: Toast): void {
    const ms = SHOWN_MS[tone === "plain" && action ? "withAction" : tone];
    this.#timers.set(
      id,
      setTimeout(() => this.close(id), ms),
    );
  }
}

export const toasts = new Toasts();
