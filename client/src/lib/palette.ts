/** What the command palette offers, in which order. Pure. */
import type { Shelf } from "./kept";

export interface Command {
  /** The same for the same thing on every page: by it what was chosen last is known. */
  id: string;
  /** What it is: a task, a sprint, an action. */
  kind: string;
  title: string;
  /** Also found by these words, such as a task's key. */
  keywords?: string;
  run: () => unknown;
}

const MOST_SHOWN = 50;
const MOST_RECENT = 6;

/**
 * The commands that a query finds, best first; every word of it must be found in a command.
 *
 * A whole title comes first. A word counts most at the beginning of the title, then of a word, then within one, and least as
 * letters in their order. Of equals what was chosen last stands first, then what was given first.
 */
export function rank(
  commands: readonly Command[],
  query: string,
  recent: readonly string[],
): Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = commands.flatMap((command, index) => {
    const cost = costOf(command, words);
    const age = recent.indexOf(command.id);
    return cost === null ? [] : [{ command, cost, index, age: age < 0 ? MOST_RECENT : age }];
  });
  found.sort((a, b) => a.cost - b.cost || a.age - b.age || a.index - b.index);
  return found.slice(0, MOST_SHOWN).map(({ command }) => command);
}

function costOf({ title, keywords = "" }: Command, words: readonly string[]): number | null {
  const text = title.toLowerCase();
  const all = `${text} ${keywords.toLowerCase()}`;
  if (text === words.join(" ")) return -1;
  let sum = 0;
  for (const word of words) {
    const cost = costOfWord(word, text, all);
    if (cost === null) return null;
    sum += cost;
  }
  return sum;
}

function costOfWord(word: string, title: string, all: string): number | null {
  if (title.startsWith(word)) return 0;
  if (` ${all}`.includes(` ${word}`)) return 1;
  if (all.includes(word)) return 2;
  return isInOrder(word, title) ? 4 : null;
}

/** True when all letters stand in the text in this order. */
function isInOrder(letters: string, text: string): boolean {
  let at = -1;
  return [...letters].every((letter) => (at = text.indexOf(letter, at + 1)) >= 0);
}

const KEY = "sprintwall.recent-commands";

/** What was chosen last, the newest first; remembered in this browser. */
export class Recent {
  #shelf: Pick<Shelf, "getItem" | "setItem">;

  constructor(shelf: Pick<Shelf, "getItem" | "setItem">) {
    this.#shelf = shelf;
  }

  get ids(): string[] {
    try {
      const stored: unknown = JSON.parse(this.#shelf.getItem(KEY) ?? "[]");
      return Array.isArray(stored) ? stored.filter((id) => typeof id === "string") : [];
    } catch {
      return [];
    }
  }

  add(id: string): void {
    const ids = [id, ...this.ids.filter((other) => other !== id)].slice(0, MOST_RECENT);
    try {
      this.#shelf.setItem(KEY, JSON.stringify(ids));
    } catch {
      // Storage may be full; then nothing is remembered.
    }
  }
}
