/** What is folded away on a project's boards; remembered in this browser. */
import { SvelteSet } from "svelte/reactivity";

export class Folded {
  #key: string;
  #storage: Pick<Storage, "getItem" | "setItem">;
  #names: SvelteSet<string>;

  constructor(project: number, storage: Pick<Storage, "getItem" | "setItem">) {
    this.#key = `sprintwall.folded.${project}`;
    this.#storage = storage;
    this.#names = new SvelteSet(this.#stored());
  }

  /** `name`: a column's key, or a row's. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Fold or unfold, and remember. */
  toggle(name: string): void {
    if (!this.#names.delete(name)) this.#names.add(name);
    try {
      this.#storage.setItem(this.#key, JSON.stringify([...this.#names]));
    } catch {
      // Storage may be forbidden; then it holds for this page.
    }
  }

  #stored(): string[] {
    try {
      const stored: unknown = JSON.parse(this.#storage.getItem(this.#key) ?? "[]");
      return Array.isArray(stored) ? stored.filter((name) => typeof name === "string") : [];
    } catch {
      return [];
    }
  }
}
