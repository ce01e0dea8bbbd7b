/** What was done to an open task: loaded when asked for, and followed while it is looked at. */
import { ChangePages } from "./change-pages.svelte";
import * as api from "./details-api";
import type { BoardEvent } from "./types";

const OF_TASKS = new Set(["comment", "checklist_item", "attachment"]);

export class TaskHistory extends ChangePages {
  readonly taskId: number;
  #isWanted = false;

  constructor(taskId: number) {
    super((path) => api.history(taskId, path));
    this.taskId = taskId;
  }

  /** Load the newest page; from now on what happens to the task is followed. */
  async open(): Promise<void> {
    this.#isWanted = true;
    await this.refresh();
  }

  /** It is not looked at any more. */
  close(): void {
    this.#isWanted = false;
  }

  /** Something happened on the board: if it was to this task, read what. */
  receive(event: BoardEvent): void {
    if (event.model === "column") return;
    const isOwn = event.model === "task" && event.id === this.taskId;
    const isPart = OF_TASKS.has(event.model) && event.body?.task === this.taskId;
    if (isOwn || isPart) void this.refresh();
  }

  override async refresh(): Promise<void> {
    if (this.#isWanted) await super.refresh();
  }
}
