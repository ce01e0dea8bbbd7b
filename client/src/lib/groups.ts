/**
 * A column's cards in groups, so that a browser skips those out of sight as a whole. Pure.
 *
 * A card that is drawn in another group is drawn anew, so cards stay in their group while others
 * come, go and move around them.
 */
import type { Card } from "./types";

export interface Group {
  /** Its own within the column. */
  readonly key: number;
  readonly cards: readonly Card[];
}

/** About a screen of cards: of what is skipped only the groups cost, of what is seen all cards. */
export const GROUP_SIZE = 16;
const MOST = 3 * GROUP_SIZE;

/** The cards in groups as like the old ones as can be; a group with the same cards is the same. */
export function regroup(old: readonly Group[], cards: readonly Card[]): Group[] {
  const places = new Map(old.flatMap(({ cards }, place) => cards.map(({ id }) => [id, place])));
  const known = cards.map(({ id }) => places.get(id) ?? null);
  const settled = longestRise(known);
  const filled: Card[][] = old.map(() => []);
  let place = 0;
  cards.forEach((card, index) => {
    if (settled.has(index)) place = known[index]!;
    (filled[place] ??= []).push(card);
  });
  let lastKey = Math.max(0, ...old.map(({ key }) => key));
  return filled.flatMap((cards, place) => {
    const [first, ...others] = portions(cards, old[place] ? MOST : GROUP_SIZE);
    if (!first) return [];
    const added = others.map((cards) => ({ key: ++lastKey, cards }));
    return [grown(old[place] ?? { key: ++lastKey, cards: [] }, first), ...added];
  });
}

function grown(group: Group, cards: Card[]): Group {
  const isSame =
    group.cards.length === cards.length &&
    cards.every((card, index) => card === group.cards[index]);
  return isSame ? group : { key: group.key, cards };
}

function portions(cards: Card[], most: number): Card[][] {
  if (cards.length <= most) return cards.length > 0 ? [cards] : [];
  const count = Math.ceil(cards.length / GROUP_SIZE);
  return Array.from({ length: count }, (_, index) =>
    cards.slice(index * GROUP_SIZE, (index + 1) * GROUP_SIZE),
  );
}

/** Indexes of a longest choice of the numbers that never falls (patience sorting). */
function longestRise(numbers: readonly (number | null)[]): Set<number> {
  // `ends[n]` is where the best choice of n + 1 numbers ends, `before` what comes before in it.
  const ends: number[] = [];
  const before = new Map<number, number | undefined>();
  numbers.forEach((number, index) => {
    if (number === null) return;
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (numbers[ends[middle]!]! <= number) low = middle + 1;
      else high = middle;
    }
    before.set(index, ends[low - 1]);
    ends[low] = index;
  });
  const rise = new Set<number>();
  for (let at = ends.at(-1); at !== undefined; at = before.get(at)) rise.add(at);
  return rise;
}
