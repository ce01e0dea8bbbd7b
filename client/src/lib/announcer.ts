/**
 * What screen readers are told: one's own doing at once, other people's politely and together.
 *
 * Pure: where words go and what time it is are handed in.
 */
import { count } from "./dates";
import type { Surroundings } from "./socket";

/** How much is told: everything, only one's own doing, nothing. */
export type Announcements = "all" | "mine" | "off";

export const ANNOUNCEMENTS: readonly Announcements[] = ["all", "mine", "off"];

/** Of what others do there is one sentence in this time at most. */
const GATHER_MS = 2_000;

/** What is done in one go may be told in several places: by the doing and by its toast. */
const MOMENT_MS = 300;

/** What somebody else did, as in `Ana` `moved WEB-12 Tables to Testing`. */
export interface Doing {
  name: string;
  words: string;
}

export interface Voices {
  own(text: string): void;
  others(text: string): void;
}

export class Announcer {
  #voices: Voices;
  #level: () => Announcements;
  #after: Surroundings["after"];
  #gathered: Doing[] = [];
  #justSaid = "";

  constructor(voices: Voices, level: () => Announcements, after: Surroundings["after"]) {
    this.#voices = voices;
    this.#level = level;
    this.#after = after;
  }

  /** Tell what was done here, once. */
  own(text: string): void {
    if (this.#level() === "off" || text === this.#justSaid) return;
    this.#justSaid = text;
    this.#after(MOMENT_MS, () => (this.#justSaid = ""));
    this.#voices.own(text);
  }

  /** Tell what somebody else did, with all that is done in the next two seconds. */
  others(doing: Doing): void {
    this.#gathered.push(doing);
    if (this.#gathered.length === 1) this.#after(GATHER_MS, () => this.#tell());
  }

  #tell(): void {
    const doings = this.#gathered.splice(0);
    if (this.#level() === "all") this.#voices.others(sentence(doings));
  }
}

/** One sentence of what others did: in full for one thing, in numbers for several. */
export function sentence(doings: readonly Doing[]): string {
  const [first] = doings;
  if (doings.length === 1) return `${first!.name} ${first!.words}`;
  const names = [...new Set(doings.map(({ name }) => name))];
  return `${listOf(names)} made ${count(doings.length, "change")}`;
}

/** At most two are named: who listens has no time for ten. */
function listOf(names: readonly string[]): string {
  const [first, second, ...others] = names;
  if (others.length > 0) return `${first}, ${second} and ${count(others.length, "other")}`;
  return second === undefined ? first! : `${first} and ${second}`;
}
