/** Focus stays on a card that moves, whoever moved it, and goes to its neighbour when it goes. */
import type { ColumnKey } from "./columns";
import { adderOf, columnIn, focusableIn, slotOf } from "./slots";

const MENU = '[aria-haspopup="menu"]';

/** Remember the card in focus before a board is redrawn; returns what brings focus back after. */
export function keepFocus(board: HTMLElement): () => void {
  const element = document.activeElement;
  const slot = slotOf(element);
  if (!slot || !board.contains(slot)) return () => undefined;
  const column = columnIn(slot);
  const isCarried = slot.querySelector("[data-carried]") !== null;
  const ids = slotIds(board, column);
  const at = ids.indexOf(slot.id);
  const candidates = [slot.id, ...ids.slice(at + 1), ...ids.slice(0, at).reverse()];
  return () => {
    // It is still there, or focus went elsewhere on purpose.
    if (document.activeElement !== document.body) return;
    const found = candidates.map((id) => document.getElementById(id)).find((one) => one !== null);
    const isSame = found?.id === slot.id;
    const part = isSame && element!.matches(MENU) ? found.querySelector<HTMLElement>(MENU) : null;
    const target = part ?? (found ? focusableIn(found) : adderOf(board, column));
    // Somebody else's change must not scroll the page away under one's eyes.
    target?.focus({ preventScroll: !isCarried });
  };
}

function slotIds(board: HTMLElement, column: ColumnKey): string[] {
  return [...board.querySelectorAll(`[data-column="${column}"] [data-slot]`)].map(({ id }) => id);
}
