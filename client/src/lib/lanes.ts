/** Rows of a board: the cards of each column, by person or by label. Pure. */
import type { ColumnKey } from "./columns";
import { labelsByName } from "./labels";
import { nameOf } from "./members";
import type { Card, Label, Membership } from "./types";

type Cells = Partial<Record<ColumnKey, readonly Card[]>>;

export interface Lane {
  /** A username or the id of a label; empty for cards without one. */
  readonly key: string;
  readonly name: string;
  readonly cells: Cells;
  /** How many cards it has. */
  readonly size: number;
}

/** A row for every member who may be given work, for others who have some, and for nobody. */
export function lanesByPerson(columns: Cells, members: readonly Membership[]): Lane[] {
  const names = new Map(
    members
      .filter(({ is_active, role }) => is_active && role !== "viewer")
      .map(({ user, full_name }) => [user, full_name || user]),
  );
  for (const card of Object.values(columns).flat())
    if (card.assigned !== null && !names.has(card.assigned))
      names.set(card.assigned, nameOf(card.assigned, members));
  return lanes(columns, [...names, ["", "Nobody"]], (card) => card.assigned ?? "");
}

/** A row for every label that cards have, and one for those without. A card stands in one row. */
export function lanesByLabel(columns: Cells, labels: ReadonlyMap<number, Label>): Lane[] {
  const rows = labelsByName(labels);
  const keyOf = (card: Card) => String(rows.find(({ id }) => card.labels.includes(id))?.id ?? "");
  const names = rows.map(({ id, name }): [string, string] => [String(id), name]);
  return lanes(columns, [...names, ["", "No label"]], keyOf).filter(({ size }) => size > 0);
}

function lanes(
  columns: Cells,
  names: readonly [string, string][],
  keyOf: (card: Card) => string,
): Lane[] {
  const found = new Map<string, Record<string, Card[]>>();
  for (const [column, cards] of Object.entries(columns))
    for (const card of cards) {
      const key = keyOf(card);
      if (!found.has(key)) found.set(key, {});
      (found.get(key)![column] ??= []).push(card);
    }
  return names.map(([key, name]) => {
    const cells: Cells = found.get(key) ?? {};
    return { key, name, cells, size: Object.values(cells).flat().length };
  });
}
