/** A choice among a few values, remembered in this browser. */
import { browserShelf, type Shelf } from "./kept";

/** The first of `values` is what holds without a choice. */
export class Preference<T extends string> {
  current: T = $state()!;
  readonly values: readonly T[];
  #key: string;
  #shelf: Pick<Shelf, "getItem" | "setItem">;

  constructor(
    name: string,
    values: readonly T[],
    shelf: Pick<Shelf, "getItem" | "setItem"> = browserShelf(),
  ) {
    this.#key = `sprintwall.${name}`;
    this.values = values;
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
