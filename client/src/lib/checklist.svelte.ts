/** The checklist of an open task: what is done to it shows at once and is put back when refused. */
import { currentOf } from "./api";
import * as api from "./details-api";
import { problemWords, unlessGone } from "./http";
import { Parts } from "./parts.svelte";
import type { ChecklistItem } from "./types";
import { undo } from "./undo";

export const LONGEST_ITEM = 200;
const TRIES = 3;

/** What is shown before the server has answered; a null patch takes the item away. */
interface PendingItem {
  id: number;
  patch: Partial<ChecklistItem> | null;
}

export class Checklist {
  readonly parts: Parts<ChecklistItem>;
  /** What could not be done, in words. */
  problem = $state("");
  #taskId: number;
  #pending: readonly PendingItem[] = $state.raw([]);
  #queue: Promise<unknown> = Promise.resolve();
  #lastNew = 0;

  items: readonly ChecklistItem[] = $derived.by(() => shown(this.parts.list, this.#pending));
  doneCount = $derived(this.items.filter((item) => item.is_done).length);

  constructor(taskId: number) {
    this.#taskId = taskId;
    this.parts = new Parts<ChecklistItem>(taskId, {
      model: "checklist_item",
      read: () => api.checklist(taskId),
      compare: inOrder,
    });
  }

  /** Add an item at the end. Resolves to whether that succeeded. */
  add(text: string): Promise<boolean> {
    const id = -++this.#lastNew;
    const order = (this.items.at(-1)?.order ?? 0) + 1;
    const patch = { id, task: this.#taskId, text, is_done: false, order, version: 0 };
    const words = { done: `Added “${text}” to the checklist`, failed: `“${text}” was not added.` };
    return this.#change({ id, patch }, words, (mutation) =>
      api.addItem(this.#taskId, text, mutation),
    );
  }

  tick(item: ChecklistItem, isDone: boolean): Promise<boolean> {
    const change = { id: item.id, patch: { is_done: isDone } };
    const done = isDone ? `Ticked “${item.text}”` : `Unticked “${item.text}”`;
    return this.#change(change, { done, failed: `“${item.text}” stays as it was.` }, (mutation) =>
      api.patchItem(item.id, { is_done: isDone }, mutation),
    );
  }

  /** Reword an item, unless somebody else did since `item` was read. */
  reword(item: ChecklistItem, text: string): Promise<boolean> {
    const change = { id: item.id, patch: { text } };
    const words = { done: `Reworded “${item.text}”`, failed: `“${text}” was not saved.` };
    return this.#change(change, words, (mutation) => this.#sendText(item, text, mutation));
  }

  /** Move an item one place up or down. */
  move(item: ChecklistItem, step: -1 | 1): Promise<boolean> {
    const index = this.items.findIndex(({ id }) => id === item.id);
    const neighbour = this.items[index + step];
    if (index < 0 || !neighbour) return Promise.resolve(false);
    const beyond = this.items[index + 2 * step]?.order ?? neighbour.order + 2 * step;
    const change = { id: item.id, patch: { order: (neighbour.order + beyond) / 2 } };
    const place = step < 0 ? { before: neighbour.id } : { after: neighbour.id };
    const words = { done: `Moved “${item.text}”`, failed: `“${item.text}” was not moved.` };
    return this.#change(change, words, (mutation) => api.patchItem(item.id, place, mutation));
  }

  delete(item: ChecklistItem): Promise<boolean> {
    const change = { id: item.id, patch: null };
    const done = `Removed “${item.text}” from the checklist`;
    return this.#change(change, { done, failed: `“${item.text}” was not deleted.` }, (mutation) =>
      unlessGone(api.deleteItem(item.id, mutation)),
    );
  }

  /** Ticks and moves of others are no reason to refuse a new text: only another new text is. */
  async #sendText(item: ChecklistItem, text: string, mutation: string): Promise<ChecklistItem> {
    let { version } = this.parts.get(item.id) ?? item;
    for (let tries = 1; ; tries++) {
      try {
        return await api.patchItem(item.id, { text }, mutation, version);
      } catch (error) {
        const current = currentOf<ChecklistItem>(error, "checklist_item");
        if (current) this.parts.take(current);
        if (current?.text !== item.text || tries === TRIES) throw error;
        version = current.version;
      }
    }
  }

  /** Show a change, send it after those before it, and put it back with words when refused. */
  async #change(
    pending: PendingItem,
    words: { done: string; failed: string },
    send: (mutation: string) => Promise<ChecklistItem | void>,
  ): Promise<boolean> {
    this.problem = "";
    this.#pending = [...this.#pending, pending];
    try {
      const answered = await undo.perform({
        send: (mutation) => this.#afterOthers(() => send(mutation)),
        told: () => words.done,
        isQuiet: pending.patch !== null,
      });
      if (answered) this.parts.take(answered);
      else this.parts.drop(pending.id);
      return true;
    } catch (error) {
      this.problem = `${words.failed} ${problemWords(error, "text")}`;
      return false;
    } finally {
      this.#pending = this.#pending.filter((one) => one !== pending);
    }
  }

  #afterOthers<R>(send: () => Promise<R>): Promise<R> {
    const sent = this.#queue.then(send);
    this.#queue = sent.catch(() => undefined);
    return sent;
  }
}

/** The items as they are shown: a patch of one that somebody deleted meanwhile shows nothing. */
function shown(
  items: readonly ChecklistItem[],
  pending: readonly PendingItem[],
): readonly ChecklistItem[] {
  if (pending.length === 0) return items;
  const all = new Map(items.map((item) => [item.id, item]));
  for (const { id, patch } of pending) {
    const item = all.get(id);
    if (patch === null) all.delete(id);
    else if (item) all.set(id, { ...item, ...patch });
    else if (id < 0) all.set(id, patch as ChecklistItem);
  }
  return [...all.values()].sort(inOrder);
}

function inOrder(one: ChecklistItem, other: ChecklistItem): number {
  return one.order - other.order || Math.abs(one.id) - Math.abs(other.id);
}
