/** Who is at a board, in the order of their usernames. Pure. */
import type { Person } from "./types";

export function byUsername(people: readonly Person[]): Person[] {
  return [...people].sort((a, b) => a.username.localeCompare(b.username));
}

/** Who is here after some came and some went; who did both is here. */
export function changeHere(
  here: readonly Person[],
  join: readonly Person[],
  leave: readonly Person[],
): Person[] {
  const gone = new Set([...leave, ...join].map((person) => person.username));
  return byUsername([...here.filter((person) => !gone.has(person.username)), ...join]);
}
