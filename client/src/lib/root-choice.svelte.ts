/** A choice of how all pages look: remembered in this browser, told to the styles by the root. */

type Storage = Pick<globalThis.Storage, "getItem" | "setItem">;

/** The first of `values` is what holds without a choice; the others stand in `data-<name>`. */
export class RootChoice<T extends string> {
  current: T;
  #name: string;
  #values: readonly T[];
  #storage: Storage;
  #root: HTMLElement;

  constructor(name: string, values: readonly T[], storage: Storage, root: HTMLElement) {
    this.#name = name;
    this.#values = values;
    this.#storage = storage;
    this.#root = root;
    this.current = $state(this.#stored());
    this.#show(this.current);
  }

  /** Switch and remember. */
  choose(value: T): void {
    this.#show(value);
    try {
      this.#storage.setItem(this.#key, value);
    } catch {
      // Storage may be forbidden; then the choice holds for this page.
    }
  }

  get #key(): string {
    return `sprintwall.${this.#name}`;
  }

  #stored(): T {
    try {
      const stored = this.#storage.getItem(this.#key);
      return this.#values.find((value) => value === stored) ?? this.#values[0]!;
    } catch {
      return this.#values[0]!;
    }
  }

  #show(value: T): void {
    this.current = value;
    if (value === this.#values[0]) delete this.#root.dataset[this.#name];
    else this.#root.dataset[this.#name] = value;
  }
}
