/** Says when somebody calls one in a comment on a task that is not open here. */
import type { BoardStore, Follower } from "./board-store.svelte";
import { router } from "./router.svelte";
import { boardPath } from "./routes";
import { toasts } from "./toasts.svelte";
import type { BoardEvent, Comment } from "./types";

export class Mentions implements Follower {
  #store: BoardStore;
  #openTaskId: () => number | null;

  constructor(store: BoardStore, openTaskId: () => number | null) {
    this.#store = store;
    this.#openTaskId = openTaskId;
  }

  receive(event: BoardEvent): void {
    if (event.model !== "comment" || event.action !== "add") return;
    const comment = event.body as Comment | null;
    const { username, sprintId } = this.#store;
    if (!comment?.mentions.includes(username) || event.actor === username) return;
    if (comment.task === this.#openTaskId()) return;
    const name = this.#store.nameOf(event.actor);
    const key = this.#store.card(comment.task)?.key;
    const run = () => router.go(boardPath(sprintId, comment.task));
    const text = key ? `${name} mentioned you in ${key}` : `${name} mentioned you`;
    toasts.show(text, { action: { label: "Open", run } });
  }

  /** What was missed is told as news. */
  reload(): void {}
}
