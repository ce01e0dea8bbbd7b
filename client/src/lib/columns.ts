/** Columns of a board: which cards stand where, in which order, and what a pending change shows. */
import type { BoardState } from "./board";
import type { Card, Status } from "./types";

/** A column is the backlog or one status of the sprint. */
export type ColumnKey = "backlog" | Status;

export const STATUSES: readonly Status[] = [1, 2, 3, 4];

export const COLUMN_NAMES: Record<ColumnKey, string> = {
  backlog: "Backlog",
  1: "Not Started",
  2: "In Progress",
  3: "Testing",
  4: "Done",
};

/** Where a card stands or shall go. */
export interface Place {
  sprint: number | null;
  status: Status;
}

/** Where in its column: next to another task, or at the end. */
export type Anchor = { before: number } | { after: number } | null;

/** A change that the server has not confirmed yet. `mutation` is its X-Client-Mutation. */
export interface Pending {
  readonly mutation: string;
  readonly taskId: number;
  readonly patch: Partial<Card>;
  /** The task is still to be made: the patch is all of it. */
  readonly isNew?: boolean;
  /** It waits until the server is back. */
  readonly isPutOff?: boolean;
}

export type Columns = Record<ColumnKey, readonly Card[]>;

/** The column of a task; a task outside any sprint is in the backlog. */
export function columnOf(place: Place): ColumnKey {
  return place.sprint === null ? "backlog" : place.status;
}

/** The place that a column stands for; backlog tasks are always Not Started. */
export function placeOf(column: ColumnKey, sprint: number): Place {
  return column === "backlog" ? { sprint: null, status: 1 } : { sprint, status: column };
}

/**
 * Cards of every column in the board's order (`order`, ties broken by id), pending changes in.
 *
 * `grabbed` is a card in the hand here, as it was when it was picked up.
 */
export function arrange(
  state: BoardState,
  pending: readonly Pending[],
  grabbed: Card | null = null,
): Columns {
  const columns: Record<ColumnKey, Card[]> = { backlog: [], 1: [], 2: [], 3: [], 4: [] };
  for (const card of shownCards(state, pending, grabbed))
    if (card.sprint === null || card.sprint === state.sprint.id) columns[columnOf(card)].push(card);
  for (const column of Object.values(columns)) column.sort(byPosition);
  return columns;
}

/**
 * The new columns, but the old arrays for those that hold the same cards in the same order.
 *
 * When that is true of all of them these are the old columns themselves.
 */
export function keepEqual(old: Columns | null, columns: Columns): Columns {
  if (!old) return columns;
  const keys: ColumnKey[] = ["backlog", ...STATUSES];
  const pairs = keys.map((key) => [key, isSame(old[key], columns[key]) ? old[key] : columns[key]]);
  const kept = Object.fromEntries(pairs) as Columns;
  return keys.every((key) => kept[key] === old[key]) ? old : kept;
}

function isSame(old: readonly Card[], cards: readonly Card[]): boolean {
  return old.length === cards.length && cards.every((card, index) => card === old[index]);
}

/** A card that is being dragged here stays under the hand, whatever others do to it. */
function shownCards(state: BoardState, pending: readonly Pending[], grabbed: Card | null): Card[] {
  const patches = patchesByTask(pending);
  if (grabbed) {
    const { sprint, status, order } = grabbed;
    patches.set(grabbed.id, { ...patches.get(grabbed.id), sprint, status, order });
  }
  const cards = [...state.tasks.values()].map((card) => {
    const patch = patches.get(card.id);
    return patch ? { ...card, ...patch } : card;
  });
  if (grabbed && !state.tasks.has(grabbed.id)) cards.push(grabbed);
  const added = pending.filter(({ isNew }) => isNew);
  return [...cards, ...added.map(({ taskId }) => patches.get(taskId) as Card)];
}

/** An `order` that puts a card at the anchor until the server answers with the true one. */
export function provisionalOrder(column: readonly Card[], taskId: number, anchor: Anchor): number {
  const others = column.filter((card) => card.id !== taskId);
  const index = insertionIndex(others, anchor);
  const before = others[index - 1]?.order;
  const after = others[index]?.order;
  if (before === undefined && after === undefined) return 0;
  if (before === undefined) return after! - 1;
  if (after === undefined) return before + 1;
  return (before + after) / 2;
}

/** True when a move would leave the card exactly where it is. */
export function isSamePlace(column: readonly Card[], taskId: number, anchor: Anchor): boolean {
  const current = column.findIndex((card) => card.id === taskId);
  if (current < 0) return false;
  const others = column.filter((card) => card.id !== taskId);
  return insertionIndex(others, anchor) === current;
}

/** The anchor that brings a card back to where it stands now. */
export function anchorOf(column: readonly Card[], taskId: number): Anchor {
  const index = column.findIndex((card) => card.id === taskId);
  const next = column[index + 1];
  return index < 0 || !next ? null : { before: next.id };
}

/** Sum of the story points; tasks without points count nothing. */
export function pointsOf(cards: readonly Card[]): number {
  return cards.reduce((sum, card) => sum + (card.points ?? 0), 0);
}

function insertionIndex(others: readonly Card[], anchor: Anchor): number {
  if (anchor === null) return others.length;
  if ("before" in anchor) {
    const index = others.findIndex((card) => card.id === anchor.before);
    return index < 0 ? others.length : index;
  }
  const index = others.findIndex((card) => card.id === anchor.after);
  return index < 0 ? others.length : index + 1;
}

function patchesByTask(pending: readonly Pending[]): Map<number, Partial<Card>> {
  const patches = new Map<number, Partial<Card>>();
  for (const { taskId, patch, isPutOff } of pending) {
    const waiting = isPutOff && { isWaiting: true };
    patches.set(taskId, { ...patches.get(taskId), ...patch, ...waiting });
  }
  return patches;
}

function byPosition(a: Card, b: Card): number {
  return a.order - b.order || a.id - b.id;
}
