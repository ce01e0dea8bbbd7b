/** A list of options beside a text field: which one the arrow keys have reached. */

export class Options {
  #active = $state(0);
  #count: () => number;

  /** `count` tells how many options there are now. */
  constructor(count: () => number) {
    this.#count = count;
  }

  /** The index of the active option; -1 when there are none. */
  get active(): number {
    return Math.min(this.#active, this.#count() - 1);
  }

  set active(index: number) {
    this.#active = index;
  }

  /** Move by an arrow key, round the ends; true when the key was one. */
  keydown(event: Pick<KeyboardEvent, "key" | "preventDefault">): boolean {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const count = this.#count();
    if (!step || count === 0) return false;
    event.preventDefault();
    this.#active = (this.active + step + count) % count;
    return true;
  }
}
