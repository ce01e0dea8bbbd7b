/** What a person does on a board: move, add, delete. Each shows at once and is put right after. */
import * as api from "./api";
import { removeTask } from "./board";
import type { BoardStore } from "./board-store.svelte";
import { type Change, isAt } from "./changes";
import {
  type Anchor,
  anchorOf,
  type ColumnKey,
  columnOf,
  COLUMN_NAMES,
  isSamePlace,
  type Place,
  placeOf,
  provisionalOrder,
} from "./columns";
import { unlessGone } from "./http";
import type { Outcome } from "./outbox.svelte";
import { toasts } from "./toasts.svelte";
import type { Card, Task } from "./types";
import { undo } from "./undo";

export class BoardActions {
  #store: BoardStore;

  constructor(store: BoardStore) {
    this.#store = store;
  }

  /**
   * Move a task next to another one or to the end of a column, in one call to the server.
   *
   * Shown at once; put back with a message when the server refuses. Moving a card to where it is
   * does nothing. `words` say what is done, where it is not the column that counts. Resolves to whether the move was accepted.
   */
  async move(taskId: number, place: Place, anchor: Anchor, words?: string): Promise<boolean> {
    const { columns } = this.#store;
    const card = this.#store.grabbed ?? this.#store.card(taskId);
    if (!columns || !card || card.id !== taskId) return false;
    const column = columns[columnOf(place)];
    const staysInColumn = card.sprint === place.sprint && card.status === place.status;
    if (staysInColumn && isSamePlace(column, taskId, anchor)) return true;
    const { sprint, status } = place;
    const change = {
      kind: "move" as const,
      taskId,
      from: { sprint: card.sprint, status: card.status },
      to: { sprint, status },
      anchor: isToBeMade(anchor) ? null : anchor,
      order: provisionalOrder(column, taskId, anchor),
      version: card.version,
    };
    const name = COLUMN_NAMES[columnOf(place)];
    return this.#submit(card, change, words ?? `Moved ${card.key} to ${name}`);
  }

  /** Give a task to somebody, or to nobody; put back with a message when the server refuses. */
  async assign(taskId: number, username: string | null): Promise<void> {
    const card = this.#store.card(taskId);
    if (!card || card.assigned === username) return;
    const { assigned: base, version } = card;
    const change = {
      kind: "edit",
      taskId,
      field: "assigned",
      value: username,
      base,
      version,
    } as const;
    const name = username === null ? "nobody" : this.#store.nameOf(username);
    await this.#submit(card, change, `Gave ${card.key} to ${name}`);
  }

  /** Move to the end of a column: the way without a mouse. */
  async moveToColumn(card: Card, column: ColumnKey): Promise<void> {
    await this.move(card.id, placeOf(column, this.#store.sprintId), null);
  }

  /** Move to another sprint or the backlog; what is not done becomes Not Started only there. */
  async moveToSprint(card: Card, sprint: number | null, name: string): Promise<void> {
    const status = sprint === null ? 1 : card.status;
    await this.move(card.id, { sprint, status }, null, `Moved ${card.key} to ${name}`);
  }

  /** Move a card one place up or down in its column. */
  async moveBy(card: Card, step: -1 | 1): Promise<void> {
    const column = this.#store.columns?.[columnOf(card)] ?? [];
    const neighbour = column[column.findIndex(({ id }) => id === card.id) + step];
    if (!neighbour) return;
    const anchor = step < 0 ? { before: neighbour.id } : { after: neighbour.id };
    const words = step < 0 ? `Moved ${card.key} up` : `Moved ${card.key} down`;
    await this.move(card.id, card, anchor, words);
  }

  /** Add a task at the end of a column; raises `ApiError` when it is refused. */
  async add(column: ColumnKey, name: string): Promise<void> {
    const { state, sprintId, outbox } = this.#store;
    const fields = { ...placeOf(column, sprintId), project: state!.project.id, name };
    await undo.perform({
      send: (mutation) => outbox.submit({ kind: "add", fields }, name, mutation),
      told: (outcome) => `Added ${addedKey(outcome) ?? name} to ${COLUMN_NAMES[column]}`,
      outbox,
    });
  }

  /** Delete a task; resolves to whether it is gone. Says what stands in the way. */
  async delete(card: Card): Promise<boolean> {
    const send = (mutation: string) => unlessGone(api.deleteTask(card.id, mutation));
    try {
      await undo.perform({ send, told: () => `Deleted ${api.cardTitle(card)}` });
    } catch (error) {
      toasts.show(`${card.key} was not deleted. ${(error as Error).message}`, { tone: "problem" });
      return false;
    }
    if (this.#store.state) this.#store.state = removeTask(this.#store.state, card.id);
    return true;
  }

  /** What brings a card back to where it stands now. */
  #wayBack(card: Card): () => void {
    const place = { sprint: card.sprint, status: card.status };
    const anchor = anchorOf(this.#store.columns?.[columnOf(card)] ?? [], card.id);
    return () => void this.move(card.id, place, anchor);
  }

  /** Send what is shown already; put it back with words when it is refused. */
  async #submit(card: Card, change: Change, words: string): Promise<boolean> {
    const { outbox } = this.#store;
    try {
      await undo.perform({
        send: (mutation) => outbox.submit(change, api.cardTitle(card), mutation),
        told: () => words,
        outbox,
      });
      return true;
    } catch (error) {
      this.#putBack(card, error);
      return false;
    }
  }

  #putBack(card: Card, error: unknown): void {
    const current = api.currentTask(error);
    if (current) return void this.#yield(card, current);
    const reason = error instanceof Error ? error.message : "";
    toasts.show(`${card.key} was put back. ${reason}`, { tone: "problem" });
  }

  /** Somebody else was first: take over their state and say who, with a way back. */
  async #yield(card: Card, current: Task): Promise<void> {
    const undo = this.#wayBack(card);
    this.#store.confirm(current);
    // While live the rest of the column comes by itself, in order and without loss.
    if (this.#store.live !== "live") void this.#store.reload();
    if (isAt(current, card)) {
      const text = `${card.key} was put back. The cards around it have moved; try again.`;
      return void toasts.show(text, { tone: "problem" });
    }
    const actor = await this.#store.whoMade(card.id, current.version);
    const text = `${actor ? this.#store.nameOf(actor) : "Somebody"} moved it to ${this.#placeName(current)} first`;
    toasts.show(text, { action: { label: "Undo", run: undo } });
  }

  #placeName(task: Task): string {
    const isElsewhere = task.sprint !== null && task.sprint !== this.#store.sprintId;
    return isElsewhere ? "another sprint" : COLUMN_NAMES[columnOf(task)];
  }
}

/** A task that the server does not know yet is no anchor; it stands at the end anyway. */
function isToBeMade(anchor: Anchor): boolean {
  return anchor !== null && Object.values(anchor).some((id: number) => id < 0);
}

function addedKey(outcome: Outcome): string | null {
  return outcome.kind === "done" ? outcome.task.key : null;
}
