/** A choice among a few values, remembered in this browser. */
import { browserShelf, type Shelf } from "./kept";

type PreferenceShelf = Pick<Shelf, "getItem" | "setItem">;

/** The first of `values` is what holds without a choice. */
export class Preference<T extends string> {
  current: T = $state()!;
  #key: string;
  #shelf: PreferenceShelf;

  constructor(name: string, values: readonly T[], shelf: PreferenceShelf = browserShelf()) {
    this.#key = `sprintwall.${name}`;
    this.#shelf = shelf;
    const stored = shelf.getItem(this.#key);
    this.current = values.find((value) => value === stored) ?? values[0]!;
  }

  /** Switch and remember. */
  choose(value: T): void {
    this.current = value;
    try {
      this.#shelf.setItem(this.#key, value);
    } catch {
      // Storage may be full; then the choice holds for this page.
    }
  }
}

/** One that styles depend on: all but its first value stand in `data-<name>` of the root. */
export class Look<T extends string> extends Preference<T> {
  #name: string;
  #usual: T;
  #root: HTMLElement;

  constructor(
    name: string,
    values: readonly T[],
    root: HTMLElement = document.documentElement,
    shelf?: PreferenceShelf,
  ) {
    super(name, values, shelf);
    this.#name = name;
    this.#usual = values[0]!;
    this.#root = root;
    this.#show();
  }

  override choose(value: T): void {
    super.choose(value);
    this.#show();
  }

  #show(): void {
    if (this.current === this.#usual) delete this.#root.dataset[this.#name];
    else this.#root.dataset[this.#name] = this.current;
  }
}
