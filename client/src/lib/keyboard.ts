/** The board by keyboard: keys on a card walk, carry it and open what belongs to it. */
import { tick } from "svelte";
import type { BoardActions } from "./board-actions";
import type { BoardStore } from "./board-store.svelte";
import { CardInHand } from "./card-in-hand";
import type { ColumnKey } from "./columns";
import type { Marks } from "./marks.svelte";
import { isPlainKey, singleKey } from "./single-keys";
import { adderOf, columnIn, focusableIn, foldOf, idIn, slotOf } from "./slots";
import { Grounds, type Way, wayOf } from "./walking";

interface Options {
  board: HTMLElement;
  columns: readonly ColumnKey[];
  store: BoardStore;
  actions: BoardActions;
  /** Set for the task that is carried. */
  carried: Marks<true>;
  /** Open a task with its name ready to be edited. */
  edit: (taskId: number) => void;
  /** The task that is open beside the board. */
  openTask: () => number | null;
}

/** Listen to the keys of a board; returns what undoes it. */
export function connectKeyboard(options: Options): () => void {
  const { board, store, actions, carried } = options;
  const hand = new CardInHand(store, actions, carried);
  const keyboard = new BoardKeyboard(options, hand);
  const keydown = (event: KeyboardEvent) => keyboard.keydown(event);
  const left = () => keyboard.left();
  const pointed = () => hand.putBack();
  window.addEventListener("keydown", keydown);
  board.addEventListener("focusout", left);
  board.addEventListener("pointerdown", pointed);
  return () => {
    hand.putBack();
    window.removeEventListener("keydown", keydown);
    board.removeEventListener("focusout", left);
    board.removeEventListener("pointerdown", pointed);
  };
}

/** Begin a new task at the foot of a column, unfolded if need be, or go on with the one there. */
export async function beginTask(board: HTMLElement, column: ColumnKey): Promise<void> {
  const fold = foldOf(board, column);
  if (fold?.ariaExpanded === "false") {
    fold.click();
    await tick();
  }
  const adder = adderOf(board, column);
  if (adder instanceof HTMLInputElement) adder.focus();
  else adder?.click();
}

class BoardKeyboard {
  #options: Options;
  #hand: CardInHand;
  #grounds: Grounds;

  constructor(options: Options, hand: CardInHand) {
    this.#options = options;
    this.#hand = hand;
    this.#grounds = new Grounds(options.board, options.columns);
  }

  keydown(event: KeyboardEvent): void {
    if (isPlainKey(event) && this.#isTaken(event)) event.preventDefault();
  }

  /** Whoever leaves a carried card by Tab or otherwise has let go of it; a redrawn one is back. */
  left(): void {
    requestAnimationFrame(() => {
      const slot = slotOf(document.activeElement);
      if (this.#hand.id !== null && (!slot || idIn(slot) !== this.#hand.id)) this.#hand.putBack();
    });
  }

  #isTaken(event: KeyboardEvent): boolean {
    const slot = this.#slotOf(event.target);
    const way = wayOf(event.key, getComputedStyle(this.#options.board).direction === "rtl");
    if (way) return this.#isWay(slot, event.target, way);
    return (slot !== null && this.#isGrip(slot, event)) || this.#isLetter(slot, singleKey(event));
  }

  /** Walks, or carries; from nowhere a key leads to the first card. */
  #isWay(slot: HTMLElement | null, target: EventTarget | null, way: Way): boolean {
    if (!slot) return target === document.body && focus(this.#grounds.first());
    if (this.#hand.id === null) {
      focus(this.#grounds.next(slot, way));
      return true;
    }
    const place = this.#grounds.nextPlace(slot, way);
    if (place) this.#hand.carry(place.column, place.anchor);
    return true;
  }

  /** Picks up, drops and puts back. */
  #isGrip(slot: HTMLElement, { key, target }: KeyboardEvent): boolean {
    const hand = this.#hand;
    if (hand.id === null) {
      if (key !== " " || (target as Element).closest("button")) return false;
      hand.pickUp(idIn(slot));
    } else if (key === " " || key === "Enter") hand.drop();
    else if (key === "Escape") hand.putBack();
    else return false;
    return true;
  }

  #isLetter(slot: HTMLElement | null, key: string | null): boolean {
    const { board, store, edit, openTask } = this.#options;
    const taskId = slot ? idIn(slot) : openTask();
    if (key === "n" && store.canWrite) void beginTask(board, slot ? columnIn(slot) : 1);
    else if (key === "e" && taskId !== null) edit(taskId);
    else if (key === "m" && slot) slot.querySelector<HTMLElement>("[aria-haspopup]")?.click();
    else return false;
    return true;
  }

  #slotOf(target: EventTarget | null): HTMLElement | null {
    const slot = slotOf(target);
    return slot && this.#options.board.contains(slot) ? slot : null;
  }
}

/** True when there was something to go to. */
function focus(slot: HTMLElement | null): boolean {
  const element = slot && focusableIn(slot);
  element?.focus();
  return Boolean(element);
}
