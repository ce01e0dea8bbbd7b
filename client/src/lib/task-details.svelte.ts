/** All that an open task shows beside its fields, loaded together and kept up with its board. */
import { Attachments } from "./attachments.svelte";
import { Checklist } from "./checklist.svelte";
import { Comments } from "./comments.svelte";
import type { Kept } from "./kept";
import { TaskHistory } from "./task-history.svelte";
import type { BoardEvent } from "./types";

export class TaskDetails {
  readonly comments: Comments;
  readonly checklist: Checklist;
  readonly attachments: Attachments;
  readonly history: TaskHistory;

  constructor(taskId: number, drafts: Kept<string>) {
    this.comments = new Comments(taskId, drafts);
    this.checklist = new Checklist(taskId);
    this.attachments = new Attachments(taskId);
    this.history = new TaskHistory(taskId);
  }

  /** Load the lists, or load them anew as after a loss. Each says by itself what failed. */
  async reload(): Promise<void> {
    void this.history.refresh();
    await Promise.all(this.#lists.map((parts) => parts.load()));
  }

  /** True when a list could not be had. */
  get hasFailed(): boolean {
    return this.#lists.some((parts) => parts.failure !== null);
  }

  receive(event: BoardEvent): void {
    for (const parts of this.#lists) parts.receive(event);
    this.history.receive(event);
  }

  get #lists() {
    return [this.comments.parts, this.checklist.parts, this.attachments.parts];
  }
}
