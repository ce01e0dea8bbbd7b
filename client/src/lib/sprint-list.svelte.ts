/** The sprints of a project with their progress, loaded when asked for. */
import * as api from "./api";
import { shelve, type SprintShelves } from "./sprint-order";
import type { IsoDate, Sprint, SprintProgress } from "./types";

const NOTHING_DONE: SprintProgress = { tasks: 0, tasks_done: 0, points: 0, points_done: 0 };

export class SprintList {
  readonly projectId: number;
  /** Null until loaded. */
  sprints: readonly Sprint[] | null = $state.raw(null);
  failure: Error | null = $state.raw(null);
  #progress: Record<string, SprintProgress> = $state.raw({});

  constructor(projectId: number) {
    this.projectId = projectId;
  }

  /** Load or load anew; what was there stays until the answer. */
  async load({ withProgress = false } = {}): Promise<void> {
    try {
      const progress = withProgress ? api.progress(this.projectId) : Promise.resolve({});
      [this.sprints, this.#progress] = await Promise.all([api.sprints(this.projectId), progress]);
      this.failure = null;
    } catch (error) {
      this.failure = error as Error;
    }
  }

  /** Current, future and past as of a day. */
  shelves(today: IsoDate): SprintShelves {
    return shelve(this.sprints ?? [], today);
  }

  /** What is done of a sprint; zeros for one without tasks. */
  progressOf(sprintId: number): SprintProgress {
    return this.#progress[String(sprintId)] ?? NOTHING_DONE;
  }
}
