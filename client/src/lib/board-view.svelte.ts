/** What of a board is shown, which its address says: links, back and forward bring it again. */
import { NO_FILTER, parseView, serializeView, type View } from "./filters";
import { router } from "./router.svelte";

// Browsers refuse an address that changes with every key (Safari: 100 times in 30 seconds).
const REST_MS = 250;

class BoardView {
  /** Words that are being typed and not in the address yet. */
  #typed: string | null = $state(null);
  #resting: ReturnType<typeof setTimeout> | undefined;

  current: View = $derived.by(() => {
    const view = parseView(router.query);
    return this.#typed === null ? view : { ...view, text: this.#typed };
  });

  /** Show something else, a step in the history. */
  change(part: Partial<View>): void {
    this.#show({ ...this.current, ...part });
  }

  /** Leave no card out. */
  clear(): void {
    this.change(NO_FILTER);
  }

  /** Look for words at once; the address takes them over when the hands rest. */
  type(text: string): void {
    clearTimeout(this.#resting);
    this.#typed = text;
    this.#resting = setTimeout(() => this.#show(this.current, true), REST_MS);
  }

  #show(view: View, replace = false): void {
    clearTimeout(this.#resting);
    this.#typed = null;
    router.setQuery(serializeView(view), { replace });
  }
}

export const boardView = new BoardView();
