/**
 * A card that is carried by keys: picked up, shown where it would be dropped, dropped or put back.
 *
 * While it is carried nothing is sent but that it is held, and what others do does not move it.
 */
import type { BoardActions } from "./board-actions";
import type { BoardStore } from "./board-store.svelte";
import {
  type Anchor,
  anchorOf,
  type ColumnKey,
  columnOf,
  COLUMN_NAMES,
  isSamePlace,
  placeOf,
  provisionalOrder,
} from "./columns";
import type { Marks } from "./marks.svelte";
import { toasts } from "./toasts.svelte";
import type { Card } from "./types";

const HOW = "Arrow keys carry it, Enter drops it, Escape puts it back.";

export class CardInHand {
  #store: BoardStore;
  #actions: BoardActions;
  #carried: Marks<true>;
  #original: Card | null = null;

  /** `carried` is set for the task that is carried. */
  constructor(store: BoardStore, actions: BoardActions, carried: Marks<true>) {
    this.#store = store;
    this.#actions = actions;
    this.#carried = carried;
  }

  /** The task that is carried, null while the hand is empty. */
  get id(): number | null {
    return this.#original?.id ?? null;
  }

  /** Take a card off the board; one that may not be moved stays. */
  pickUp(id: number): void {
    const card = this.#store.card(id);
    if (!card || card.id < 0 || !this.#store.canWrite) return;
    this.#original = card;
    this.#store.grab(id);
    this.#carried.set(id, true);
    toasts.announce(`Picked up ${card.key}, ${this.#whereabouts(card)}. ${HOW}`);
  }

  /** Hold the card over another place. */
  carry(column: ColumnKey, anchor: Anchor): void {
    const { grabbed, columns, sprintId } = this.#store;
    if (!grabbed || !columns) return;
    const order = provisionalOrder(columns[column], grabbed.id, anchor);
    const carried = { ...grabbed, ...placeOf(column, sprintId), order };
    this.#store.grabbed = carried;
    toasts.announce(this.#whereabouts(carried));
  }

  /** Move the card to where it is held. */
  drop(): void {
    const [carried, original] = [this.#store.grabbed, this.#original];
    if (!carried || !original) return;
    const place = { sprint: carried.sprint, status: carried.status };
    const anchor = anchorOf(this.#store.columns![columnOf(carried)], carried.id);
    // The move starts from where the card was, and shows it at its new place before we let go.
    this.#store.grabbed = original;
    if (this.#isAt(original, columnOf(carried), anchor))
      toasts.announce(`${original.key} stays where it was`);
    else void this.#actions.move(original.id, place, anchor);
    this.#letGo();
  }

  /** Leave the card where it was. */
  putBack(): void {
    if (!this.#original) return;
    const { key } = this.#original;
    const name = COLUMN_NAMES[columnOf(this.#original)];
    this.#letGo();
    toasts.announce(`Put ${key} back to ${name}`);
  }

  #isAt(card: Card, column: ColumnKey, anchor: Anchor): boolean {
    const cards = this.#store.columns![column];
    return columnOf(card) === column && isSamePlace(cards, card.id, anchor);
  }

  #letGo(): void {
    const { id } = this.#original!;
    this.#original = null;
    this.#carried.delete(id);
    this.#store.release(id);
  }

  #whereabouts(card: Card): string {
    const column = this.#store.columns![columnOf(card)];
    const index = column.findIndex(({ id }) => id === card.id);
    return `${index + 1} of ${column.length} in ${COLUMN_NAMES[columnOf(card)]}`;
  }
}
