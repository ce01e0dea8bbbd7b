/** The comments of an open task, and the one that is being written. */
import { newMutation } from "./api";
import * as api from "./details-api";
import { Draft } from "./draft.svelte";
import { problemWords, unlessGone } from "./http";
import type { Kept } from "./kept";
import { Parts } from "./parts.svelte";
import type { Comment } from "./types";
import { undo } from "./undo";

export const LONGEST_COMMENT = 10_000;

/** A text on its way: sent again after a lost answer, it is the same write. */
export class Message {
  readonly draft: Draft;
  problem = $state("");
  isSending = $state(false);
  #mutation: string | null = null;

  constructor(draft: Draft) {
    this.draft = draft;
  }

  /** Change the text; what is sent then is another write. */
  write(text: string): void {
    this.draft.text = text;
    this.#mutation = null;
  }

  /** Send what is written; it stays, with words why, unless `send` succeeds. Resolves to whether. */
  async send(send: (text: string, mutation: string) => Promise<void>): Promise<boolean> {
    const text = this.draft.text.trim();
    if (this.isSending || text === "") return false;
    this.#mutation ??= newMutation();
    this.isSending = true;
    try {
      await send(text, this.#mutation);
      this.problem = "";
      if (this.draft.text.trim() === text) this.write("");
      return true;
    } catch (error) {
      this.problem = problemWords(error, "text");
      return false;
    } finally {
      this.isSending = false;
    }
  }
}

export class Comments {
  readonly parts: Parts<Comment>;
  readonly written: Message;
  #taskId: number;
  #drafts: Kept<string>;

  constructor(taskId: number, drafts: Kept<string>) {
    this.#taskId = taskId;
    this.#drafts = drafts;
    this.written = new Message(new Draft(drafts, `comment.${taskId}`));
    this.parts = new Parts<Comment>(taskId, {
      model: "comment",
      read: () => api.comments(taskId),
      compare: (one, other) => one.id - other.id,
    });
  }

  /** Send the comment that was written. */
  send(): Promise<boolean> {
    return this.written.send(async (text, mutation) =>
      this.parts.take(await api.addComment(this.#taskId, text, mutation)),
    );
  }

  /** A comment's text while it is changed; what was typed earlier and not sent comes back. */
  editing(comment: Comment): Message {
    const draft = new Draft(this.#drafts, `edit.${comment.id}`);
    draft.text ||= comment.text;
    return new Message(draft);
  }

  /** True when an edit of it was begun and neither sent nor given up. */
  isEdited(comment: Comment): boolean {
    return this.#drafts.has(`edit.${comment.id}`);
  }

  /** Send the new text of a comment. */
  saveEdit(comment: Comment, message: Message): Promise<boolean> {
    return message.send(async (text, mutation) => {
      if (text === comment.text) return;
      this.parts.take(await api.editComment(comment.id, text, comment.version, mutation));
    });
  }

  /** Delete a comment; one that has gone already is fine. Raises `ApiError` and `Unreachable`. */
  async delete(comment: Comment): Promise<void> {
    await undo.perform({
      send: (mutation) => unlessGone(api.deleteComment(comment.id, mutation)),
      told: () => "Deleted a comment",
    });
    this.parts.drop(comment.id);
  }
}
