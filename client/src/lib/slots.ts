/** The slots in which cards are drawn, as keys and focus find them on the page. */
import type { ColumnKey } from "./columns";

/** What takes the focus of a card: its link, or for those who cannot open it the card itself. */
export function focusableIn(slot: Element): HTMLElement | null {
  return slot.querySelector<HTMLElement>("a[href], article[tabindex]");
}

/** The slot that an element is in. */
export function slotOf(target: EventTarget | null): HTMLElement | null {
  return (target as Element | null)?.closest?.<HTMLElement>("[data-slot]") ?? null;
}

/** The id of the task in a slot. */
export function idIn(slot: HTMLElement): number {
  return Number(slot.dataset.slot);
}

/** The column that a slot is in. */
export function columnIn(slot: HTMLElement): ColumnKey {
  const { column } = cellOf(slot).dataset;
  return column === "backlog" ? column : (Number(column) as ColumnKey);
}

/** The cell of the board that a slot is in: a column, or where a column and a row meet. */
export function cellOf(slot: HTMLElement): HTMLElement {
  return slot.parentElement!.closest<HTMLElement>("[data-column]")!;
}

/** What folds a column away, and unfolds it. */
export function foldOf(board: HTMLElement, column: ColumnKey): HTMLElement | null {
  return board.querySelector(`[data-fold="${column}"]`);
}

/** What begins a new task in a column. */
export function adderOf(board: HTMLElement, column: ColumnKey): HTMLElement | null {
  return board.querySelector(`[data-adder="${column}"]`);
}
