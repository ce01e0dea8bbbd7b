/** Short messages at the foot of the page, and words for screen readers only. */

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
  /** What the polite live region says. */
  spoken = $state("");
  #last = 0;

  /** Show a message for six seconds; a problem stays for twice as long. */
  show(text: string, { tone = "plain", action }: Partial<Omit<Toast, "id" | "text">> = {}): void {
    const toast = { id: ++this.#last, text, tone, action };
    this.list = [...this.list.slice(1 - MOST), toast];
    setTimeout(() => this.close(toast.id), tone === "problem" ? 2 * SHOWN_MS : SHOWN_MS);
  }

  /** Take a message away. */
  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  /** Say something to screen readers when they have finished speaking. */
  announce(text: string): void {
    // A region that is set to the same words again stays silent.
    this.spoken = this.spoken === text ? `${text}\u00a0` : text;
  }
}

export const toasts = new Toasts();
