/**
 * What this browser keeps of a person over a reload: who it is, and changes not sent yet.
 *
 * One key for each entry, so that two windows never write over each other's. The number in the
 * keys is the schema's: what another version of the client kept is not read, and removed.
 */
import type { Me } from "./types";

const SCHEMA = 1;
const PREFIX = `sprintwall.${SCHEMA}.`;
const ME = `${PREFIX}me`;

/** The part of `Storage` that is used here. */
export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  keys(): string[];
}

/** Entries of one person under their ids. */
export class Kept<T> {
  #shelf: Shelf;
  #prefix: string;

  /** `kind` names what is kept, such as `outbox`. */
  constructor(shelf: Shelf, kind: string, username: string) {
    this.#shelf = shelf;
    this.#prefix = `${PREFIX}${kind}.${username}.`;
  }

  all(): T[] {
    const keys = this.#shelf.keys().filter((key) => this.owns(key));
    return keys.flatMap((key) => read<T>(this.#shelf, key) ?? []);
  }

  get(id: string): T | null {
    return read<T>(this.#shelf, this.#prefix + id);
  }

  has(id: string): boolean {
    return this.#shelf.getItem(this.#prefix + id) !== null;
  }

  set(id: string, value: T): void {
    this.#shelf.setItem(this.#prefix + id, JSON.stringify(value));
  }

  remove(id: string): void {
    this.#shelf.removeItem(this.#prefix + id);
  }

  clear(): void {
    for (const key of this.#shelf.keys()) if (this.owns(key)) this.#shelf.removeItem(key);
  }

  /** True for the key of one of these entries, as a `storage` event names it. */
  owns(key: string): boolean {
    return key.startsWith(this.#prefix);
  }
}

/** Who was signed in when the server answered last; null when nobody was. */
export function lastMe(shelf: Shelf): Me | null {
  return read<Me>(shelf, ME);
}

/** Remember who is signed in; null forgets. */
export function rememberMe(shelf: Shelf, me: Me | null): void {
  if (me) shelf.setItem(ME, JSON.stringify(me));
  else shelf.removeItem(ME);
}

/** Remove what clients with another schema have kept. */
export function removeOtherSchemas(shelf: Shelf): void {
  for (const key of shelf.keys())
    if (/^sprintwall\.\d+\./.test(key) && !key.startsWith(PREFIX)) shelf.removeItem(key);
}

/** A shelf that lasts as long as the page: for browsers that forbid storage. */
export function memoryShelf(): Shelf {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    keys: () => [...items.keys()],
  };
}

/** The browser's storage, or memory where it is forbidden. */
export function browserShelf(kind: "localStorage" | "sessionStorage" = "localStorage"): Shelf {
  try {
    const storage = window[kind];
    return {
      getItem: (key) => storage.getItem(key),
      setItem: (key, value) => storage.setItem(key, value),
      removeItem: (key) => storage.removeItem(key),
      keys: () => Object.keys(storage),
    };
  } catch {
    return memoryShelf();
  }
}

function read<T>(shelf: Shelf, key: string): T | null {
  try {
    const text = shelf.getItem(key);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}
