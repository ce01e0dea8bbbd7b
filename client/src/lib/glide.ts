/** Cards glide from where they were to where they are (FLIP: first, last, invert, play). */
import type { ColumnKey } from "./columns";

const TIMING = { duration: 180, easing: "cubic-bezier(0.2, 0, 0.1, 1)" };

export interface Standing {
  slot: HTMLElement;
  rect: DOMRect;
  list: string;
}

/** Where the visible cards of some columns stand: of those outside the window nobody sees a move. */
export function standings(board: HTMLElement, columns: readonly ColumnKey[]) {
  const found = new Map<string, Standing>();
  // Looking for rows where there are none would walk through all cards.
  const rows = "lanes" in board.dataset && board.querySelector<HTMLElement>("[data-rows]");
  const parts = rows ? visibleIn(rows) : [board];
  const lists = parts.flatMap((part) => columns.flatMap((column) => listsIn(part, column)));
  for (const slot of lists.flatMap(visibleIn).flatMap(visibleIn)) {
    const rect = slot.getBoundingClientRect();
    found.set(slot.dataset.slot!, { slot, rect, list: listOf(slot) });
  }
  return found;
}

function listsIn(part: HTMLElement, column: ColumnKey): HTMLElement[] {
  return [...part.querySelectorAll<HTMLElement>(`[data-column="${column}"] [data-cards]`)];
}

function listOf(slot: HTMLElement): string {
  return slot.closest<HTMLElement>("[data-cards]")!.dataset.cards!;
}

/**
 * Play the way of every card that stands elsewhere than before; `still` is left alone.
 *
 * Those beside a card that somebody else brought (`isOthers`) make room at once: what others do is
 * to be noticed, not watched, and each card that glides is a layer more in every frame.
 */
export function glide(
  before: ReadonlyMap<string, Standing>,
  { still, isOthers }: { still: string | null; isOthers: (id: string) => boolean },
): void {
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const moves = [...before].flatMap(([id, first]) => {
    const slot = first.slot.isConnected ? first.slot : document.getElementById(`slot-${id}`);
    return slot && id !== still ? [{ id, slot, first, flies: first.list !== listOf(slot) }] : [];
  });
  const flights = moves.filter(({ flies }) => flies);
  const played = flights.some(({ id }) => isOthers(id)) ? flights : moves;
  // Columns clip what leaves them, so a card crosses the board as a copy above it. All that is added
  // is added before anything is measured: the page is laid out once.
  const placed = played.map(({ slot, first, flies }) => ({
    slot,
    first: first.rect,
    copy: flies ? copyOf(slot, first.rect) : null,
  }));
  const measured = placed.map((move) => ({ ...move, last: move.slot.getBoundingClientRect() }));
  for (const { slot, first, last, copy } of measured) {
    const [x, y] = [last.left - first.left, last.top - first.top];
    if (copy) fly(copy, slot, x, y);
    else if (Math.abs(x) >= 1 || Math.abs(y) >= 1) slide(slot, x, y);
  }
}

/** Rows, groups in a list and slots in those stand below each other: the first visible one is found by halving. */
function visibleIn(parent: HTMLElement): HTMLElement[] {
  const children = parent.children as HTMLCollectionOf<HTMLElement>;
  let [low, high] = [0, children.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (children[middle]!.getBoundingClientRect().bottom > 0) high = middle;
    else low = middle + 1;
  }
  const visible: HTMLElement[] = [];
  for (let at = low; at < children.length; at++) {
    if (children[at]!.getBoundingClientRect().top >= window.innerHeight) break;
    visible.push(children[at]!);
  }
  return visible;
}

/** Let a card that stands `x` and `y` beside its old place come from there. */
function slide(slot: HTMLElement, x: number, y: number): void {
  slot.animate([{ transform: `translate(${-x}px, ${-y}px)` }, { transform: "none" }], TIMING);
}

/** Let the copy at a card's old place go to where the card is, which is not seen meanwhile. */
function fly(copy: HTMLElement, slot: HTMLElement, x: number, y: number): void {
  const way = [{ transform: "none" }, { transform: `translate(${x}px, ${y}px)` }];
  const flight = copy.animate(way, { ...TIMING, fill: "forwards" });
  slot.animate([{ opacity: 0 }, { opacity: 0 }], TIMING);
  const land = () => copy.remove();
  flight.finished.then(land, land);
}

/** A copy of a card above everything, which is only to be seen. */
export function copyOf(slot: HTMLElement, { left, top, width }: DOMRect): HTMLElement {
  const copy = slot.cloneNode(true) as HTMLElement;
  copy.inert = true;
  copy.ariaHidden = "true";
  for (const element of [copy, ...copy.querySelectorAll<HTMLElement>("*")]) forgetMarks(element);
  Object.assign(copy.style, {
    position: "fixed",
    zIndex: "40",
    left: `${left}px`,
    top: `${top}px`,
    width: `${width}px`,
    listStyle: "none",
    pointerEvents: "none",
  });
  document.body.append(copy);
  return copy;
}

/** A copy must not be found as the card itself. */
function forgetMarks(element: HTMLElement): void {
  for (const name of ["id", "data-testid", "data-task-id", "data-slot", "data-held-by"])
    element.removeAttribute(name);
}
