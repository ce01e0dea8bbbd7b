/** Short messages at the foot of the page, and words for screen readers only. */
import { announcer } from "./own-announcer.svelte";

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "problem";
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 6_000;
const MOST = 3;

class Toasts {
  list: Toast[] = $state.raw([]);
  #last = 0;

  /** Show a message for six seconds, and say it; a problem stays for twice as long. */
  show(text: string, { tone = "plain", action }: Partial<Omit<Toast, "id" | "text">> = {}): void {
    const toast = { id: ++this.#last, text, tone, action };
    this.list = [...this.list.slice(1 - MOST), toast];
    // Problems are alerts, which are heard whatever else is wanted.
    if (tone === "plain") this.announce(text);
    setTimeout(() => this.close(toast.id), tone === "problem" ? 2 * SHOWN_MS : SHOWN_MS);
  }

  /** Take a message away. */
  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  /** Tell screen readers what was done here. */
  announce(text: string): void {
    announcer.own(text);
  }
}

export const toasts = new Toasts();
