/**
 * Cards in the hand: a mouse drags the whole card, a finger or a pen its handle.
 *
 * By pointer events, the same for all of them: the browser's own drag and drop starts by touch late
 * or not at all, and then scrolls nothing. A board may have thousands of cards, so nothing is set up
 * for each. What is shown is looked up for every frame: others change the board meanwhile, and a
 * card is dropped where the mark stands.
 *
 * In the page: `data-draggable` and `data-task-id` on cards, `data-handle` in them, `data-slot`
 * around them; `data-drop` with `data-column` (and `data-lane`) on places, `data-scroller` on what
 * scrolls there. Set here: `data-dragging` on the card and the board, `data-edge` on the slot beside
 * which the card would land, `data-over` on the place (`end`: after its cards).
 */
import type { Anchor, ColumnKey } from "./columns";
import { edgeSpeed } from "./edge-speed";
import { copyOf } from "./glide";

/** Where a card would land. */
export interface Landing {
  column: ColumnKey;
  /** The row's key; null on a board without rows. */
  lane: string | null;
  anchor: Anchor;
}

interface Options {
  board: HTMLElement;
  canDrag: () => boolean;
  /** False where this card must not go: no place is shown there. */
  canLand: (taskId: number, lane: string | null) => boolean;
  /** It was dropped there all the same. */
  refused: (taskId: number) => void;
  grabbed: (taskId: number) => void;
  dropped: (taskId: number, landing: Landing) => void;
  /** The drag has ended, after `dropped` if it came to that. */
  released: (taskId: number) => void;
}

interface Point {
  x: number;
  y: number;
}

interface Target {
  place: HTMLElement;
  /** The slot beside which the card would land; null after all of them. */
  slot: HTMLElement | null;
  edge: string;
  landing: Landing;
}

/** What is a drag, and no click. */
const THRESHOLD_PX = 4;

/** Make the cards of a board draggable; returns what undoes it. */
export function connectBoard(options: Options): () => void {
  const { board, canDrag } = options;
  let press: Press | null = null;
  const down = (event: PointerEvent) => {
    const card = gripOf(event);
    if (press || !card || !canDrag()) return;
    press = new Press(event, card, options, () => (press = null));
  };
  // A press on a card is a drag or a click, and selects no text.
  const select = (event: Event) => {
    if (press) event.preventDefault();
  };
  board.addEventListener("pointerdown", down);
  board.addEventListener("selectstart", select);
  board.addEventListener("contextmenu", select);
  return () => {
    press?.cancel();
    board.removeEventListener("pointerdown", down);
    board.removeEventListener("selectstart", select);
    board.removeEventListener("contextmenu", select);
  };
}

/** The card that a pointer takes hold of: with a finger only by the handle, so lists can scroll. */
function gripOf({ target, pointerType, button, isPrimary }: PointerEvent): HTMLElement | null {
  if (button !== 0 || !isPrimary || !(target instanceof Element)) return null;
  const isGrip =
    target.closest("[data-handle]") !== null ||
    (pointerType === "mouse" && target.closest("button") === null);
  return isGrip ? target.closest<HTMLElement>("[data-draggable]") : null;
}

/** A pointer that went down on a card, until it is up again. */
class Press {
  #options: Options;
  #taskId: number;
  #pointerId: number;
  #card: HTMLElement;
  #start: Point;
  #at: Point;
  #drag: Drag | null = null;
  #listening = new AbortController();
  #over: () => void;

  constructor(event: PointerEvent, card: HTMLElement, options: Options, over: () => void) {
    this.#options = options;
    this.#over = over;
    this.#card = card;
    this.#taskId = Number(card.dataset.taskId);
    this.#pointerId = event.pointerId;
    this.#start = this.#at = pointOf(event);
    const { signal } = this.#listening;
    const options_ = { signal, capture: true };
    window.addEventListener("pointermove", (event) => this.#move(event), options_);
    window.addEventListener("pointerup", (event) => this.#up(event), options_);
    window.addEventListener("pointercancel", (event) => this.#lost(event), options_);
    window.addEventListener("keydown", (event) => this.#key(event), options_);
    window.addEventListener("blur", () => this.cancel(), { signal });
  }

  /** Give up: the card stays where it is. */
  cancel(): void {
    this.#listening.abort();
    this.#over();
    if (!this.#drag) return;
    this.#drag.end();
    this.#options.released(this.#taskId);
  }

  #move(event: PointerEvent): void {
    if (event.pointerId !== this.#pointerId) return;
    this.#at = pointOf(event);
    const isFar =
      Math.hypot(this.#at.x - this.#start.x, this.#at.y - this.#start.y) >= THRESHOLD_PX;
    if (!this.#drag && isFar) this.#begin();
    this.#drag?.moveTo(this.#at);
  }

  #begin(): void {
    const { board, canLand, grabbed } = this.#options;
    board.setPointerCapture(this.#pointerId);
    this.#drag = new Drag(board, this.#card, this.#start, (lane) => canLand(this.#taskId, lane));
    grabbed(this.#taskId);
  }

  #up(event: PointerEvent): void {
    if (event.pointerId !== this.#pointerId) return;
    const landing = this.#drag?.landing() ?? null;
    if (this.#drag) swallowClick();
    if (landing) this.#options.dropped(this.#taskId, landing);
    else if (this.#drag?.isRefused()) this.#options.refused(this.#taskId);
    this.cancel();
  }

  #lost(event: PointerEvent): void {
    if (event.pointerId === this.#pointerId) this.cancel();
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.#drag) return;
    event.preventDefault();
    event.stopPropagation();
    this.cancel();
  }
}

/** A card on its way: its copy under the pointer, the mark where it would land, what scrolls. */
class Drag {
  #board: HTMLElement;
  #taskId: number;
  #start: Point;
  #at: Point;
  #canLand: (lane: string | null) => boolean;
  #copy: HTMLElement;
  #marked: HTMLElement[] = [];
  #frame: number;
  #lastAt = performance.now();

  constructor(
    board: HTMLElement,
    card: HTMLElement,
    start: Point,
    canLand: (lane: string | null) => boolean,
  ) {
    this.#board = board;
    this.#taskId = Number(card.dataset.taskId);
    this.#start = this.#at = start;
    this.#canLand = canLand;
    const slot = card.closest<HTMLElement>("[data-slot]")!;
    this.#copy = copyOf(slot, slot.getBoundingClientRect());
    this.#copy.classList.add("carried");
    board.dataset.dragging = "";
    this.#frame = requestAnimationFrame((now) => this.#step(now));
  }

  moveTo(at: Point): void {
    this.#at = at;
  }

  /** Where the card would land now; null where it would stay, or must not go. */
  landing(): Landing | null {
    return this.#target()?.landing ?? null;
  }

  /** True over a place where the card must not go. */
  isRefused(): boolean {
    const place = this.#place();
    return place !== null && !this.#canLand(laneIn(place));
  }

  end(): void {
    cancelAnimationFrame(this.#frame);
    this.#copy.remove();
    this.#mark([]);
    delete this.#board.dataset.dragging;
  }

  #step(now: number): void {
    this.#scroll((now - this.#lastAt) / 1000);
    this.#lastAt = now;
    const { x, y } = { x: this.#at.x - this.#start.x, y: this.#at.y - this.#start.y };
    this.#copy.style.transform = `translate(${x}px, ${y}px) rotate(1deg)`;
    this.#show();
    this.#frame = requestAnimationFrame((next) => this.#step(next));
  }

  /** Marks are renewed for every frame: cards are drawn anew when others change them. */
  #show(): void {
    const card = document.getElementById(`slot-${this.#taskId}`)?.firstElementChild;
    const target = this.#target();
    const marks: [Element | null | undefined, string, string][] = [[card, "dragging", ""]];
    if (target) {
      marks.push([target.place, "over", target.slot ? "" : "end"]);
      marks.push([target.slot, "edge", target.edge]);
    }
    this.#mark(marks);
  }

  #mark(marks: [Element | null | undefined, string, string][]): void {
    const next = marks.flatMap(([element]) => (element instanceof HTMLElement ? element : []));
    for (const element of this.#marked)
      if (!next.includes(element))
        for (const name of ["dragging", "over", "edge"]) delete element.dataset[name];
    for (const [element, name, value] of marks)
      if (element instanceof HTMLElement && element.dataset[name] !== value)
        element.dataset[name] = value;
    this.#marked = next;
  }

  /** Where the card would land, and what shows that; null over itself and where it must not go. */
  #target(): Target | null {
    const place = this.#place();
    const slot = this.#under()?.closest<HTMLElement>("[data-slot]") ?? null;
    if (!place || idOf(slot) === this.#taskId || !this.#canLand(laneIn(place))) return null;
    const { anchor, ...mark } = besideSlot(slot, this.#at.y);
    return { place, ...mark, landing: { column: columnIn(place), lane: laneIn(place), anchor } };
  }

  #place(): HTMLElement | null {
    const place = this.#under()?.closest<HTMLElement>("[data-drop]");
    return place && this.#board.contains(place) ? place : null;
  }

  #under(): Element | null {
    return document.elementFromPoint(this.#at.x, this.#at.y);
  }

  /** Near an edge scrolls that way, once the hand has moved that way: handles stand at edges. */
  #scroll(seconds: number): void {
    const { x, y } = this.#at;
    const list = this.#under()?.closest("[data-scroller]");
    for (const scroller of [list, this.#board]) {
      if (!scroller) continue;
      const { left, right, top, bottom } = scroller.getBoundingClientRect();
      const across = edgeSpeed(x, left, right, x - this.#start.x) * seconds;
      const down = edgeSpeed(y, top, bottom, y - this.#start.y) * seconds;
      if (across || down) scroller.scrollBy({ left: across, top: down, behavior: "instant" });
    }
  }
}

/** The side of a slot that is nearer; after all cards where there is none. */
function besideSlot(
  slot: HTMLElement | null,
  y: number,
): Omit<Target, "place" | "landing"> & { anchor: Anchor } {
  const id = idOf(slot);
  // A task that the server does not know yet is no anchor.
  if (!slot || id < 0) return { slot: null, edge: "", anchor: null };
  const { top, height } = slot.getBoundingClientRect();
  return y < top + height / 2
    ? { slot, edge: "top", anchor: { before: id } }
    : { slot, edge: "bottom", anchor: { after: id } };
}

function idOf(slot: HTMLElement | null): number {
  return Number(slot?.dataset.slot);
}

function laneIn({ dataset: { lane } }: HTMLElement): string | null {
  return lane ?? null;
}

function columnIn({ dataset: { column } }: HTMLElement): ColumnKey {
  return column === "backlog" ? column : (Number(column) as ColumnKey);
}

function pointOf({ clientX, clientY }: PointerEvent): Point {
  return { x: clientX, y: clientY };
}

/** The click that follows a drop opens nothing. */
function swallowClick(): void {
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => window.removeEventListener("click", swallow, { capture: true }));
}
