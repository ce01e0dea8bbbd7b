/** From card to card by keys, over the board as it is drawn: what is folded away is passed over. */
import type { Anchor, ColumnKey } from "./columns";
import { cellOf, columnIn, focusableIn, idIn } from "./slots";

type Along = "up" | "down" | "first" | "last";
type Across = "left" | "right";
export type Way = Along | Across;

const WAYS: Record<string, Way> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
  Home: "first",
  End: "last",
};

interface CarriedTo {
  column: ColumnKey;
  anchor: Anchor;
}

/** Where a key leads; where one reads from the right, the next column stands on the left. */
export function wayOf(key: string, isRightToLeft: boolean): Way | null {
  const way = WAYS[key] ?? null;
  if (!isRightToLeft) return way;
  return way === "left" ? "right" : way === "right" ? "left" : way;
}

/** The index of what is nearest to `wanted` among rising values; few of them are read. */
export function nearest(
  length: number,
  valueAt: (index: number) => number,
  wanted: number,
): number {
  let [low, high] = [0, length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (valueAt(middle) + valueAt(middle + 1) < 2 * wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index that a way within a column of `length` leads to from `index`; null beyond its ends. */
export function indexOn(way: Along, index: number, length: number): number | null {
  const target = { up: index - 1, down: index + 1, first: 0, last: length - 1 }[way];
  return target >= 0 && target < length ? target : null;
}

/** The cards of a board as they are drawn, its columns from the first to the last. */
export class Grounds {
  #root: HTMLElement;
  #columns: readonly ColumnKey[];

  constructor(root: HTMLElement, columns: readonly ColumnKey[]) {
    this.#root = root;
    this.#columns = columns;
  }

  /** The slot that a key leads to from another one; null where there is nothing. */
  next(slot: HTMLElement, way: Way): HTMLElement | null {
    if (way !== "left" && way !== "right") return stepIn(this.slots(columnIn(slot)), slot, way);
    const slots = this.#onwards(slot, way)
      .map((column) => this.slots(column).filter(isReachable))
      .find(({ length }) => length > 0);
    return slots ? nearestTo(slot, slots) : null;
  }

  /** Where a card in the hand goes next: a column, and beside which card; null where it stays. */
  nextPlace(slot: HTMLElement, way: Way): CarriedTo | null {
    if (way === "left" || way === "right") return this.#placeBeside(slot, way);
    const beside = stepIn(slotsIn(cellOf(slot)), slot, way);
    if (!beside || beside === slot) return null;
    const id = idIn(beside);
    const anchor = way === "up" || way === "first" ? { before: id } : { after: id };
    return { column: columnIn(slot), anchor };
  }

  /** The first card there is. */
  first(): HTMLElement | null {
    return this.#open.flatMap((column) => this.slots(column)).find(isReachable) ?? null;
  }

  /** The cards of a column, from its top. */
  slots(column: ColumnKey): HTMLElement[] {
    return this.#cells(column).flatMap(slotsIn);
  }

  get #open(): ColumnKey[] {
    return this.#columns.filter((column) => this.#cells(column).length > 0);
  }

  /** A column is one cell, or one in each row; what is folded away has none. */
  #cells(column: ColumnKey): HTMLElement[] {
    const cells = this.#root.querySelectorAll<HTMLElement>(`[data-column="${column}"]`);
    return [...cells].filter((cell) => {
      const list = cell.querySelector("[role=list]");
      return list !== null && list.closest("[hidden]") === null;
    });
  }

  #onwards(slot: HTMLElement, way: Across): ColumnKey[] {
    const at = this.#open.indexOf(columnIn(slot));
    return way === "right" ? this.#open.slice(at + 1) : this.#open.slice(0, at).reverse();
  }

  #placeBeside(slot: HTMLElement, way: Across): CarriedTo | null {
    const [column] = this.#onwards(slot, way);
    if (column === undefined) return null;
    const { lane } = cellOf(slot).dataset;
    const slots = this.#cells(column)
      .filter((cell) => cell.dataset.lane === lane)
      .flatMap(slotsIn);
    const near = slots.length > 0 ? nearestTo(slot, slots) : null;
    // Below the last card is the end, which is all that an empty column has.
    const isBelow = near === slots.at(-1) && near !== null && middleOf(near) < middleOf(slot);
    return { column, anchor: near === null || isBelow ? null : { before: idIn(near) } };
  }
}

function slotsIn(cell: HTMLElement): HTMLElement[] {
  return [...cell.querySelectorAll<HTMLElement>("[data-slot]")];
}

function stepIn(slots: readonly HTMLElement[], slot: HTMLElement, way: Along): HTMLElement | null {
  const index = indexOn(way, slots.indexOf(slot), slots.length);
  return index === null ? null : slots[index]!;
}

function isReachable(slot: HTMLElement): boolean {
  return focusableIn(slot) !== null;
}

function nearestTo(slot: HTMLElement, slots: readonly HTMLElement[]): HTMLElement {
  return slots[nearest(slots.length, (index) => middleOf(slots[index]!), middleOf(slot))]!;
}

function middleOf(slot: HTMLElement): number {
  const { top, height } = slot.getBoundingClientRect();
  return top + height / 2;
}
