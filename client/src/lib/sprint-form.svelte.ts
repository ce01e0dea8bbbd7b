/** The form of a sprint: create, change, delete, with the server's errors beside the fields. */
import * as api from "./api";
import { addDays } from "./dates";
import type { FullSprint, IsoDate } from "./types";

const TWO_WEEKS_DAYS = 13;
const FIELDS = new Set(["name", "goal", "description", "start", "end"]);

export class SprintForm {
  name = $state("");
  goal = $state("");
  description = $state("");
  start = $state("");
  end = $state("");
  errors: api.FieldErrors = $state.raw({});
  /** What concerns no single field. */
  problem = $state("");
  isBusy = $state(false);
  isLoaded = $state(false);
  /** Deleting was refused because of its tasks; the next `remove` puts the open ones back. */
  hasTasks = $state(false);

  #projectId: number;
  #sprintId: number | null;
  #version = 0;

  /** `sprintId` null is a new sprint, proposed for two weeks from `today`. */
  constructor(projectId: number, sprintId: number | null, today: IsoDate) {
    this.#projectId = projectId;
    this.#sprintId = sprintId;
    if (sprintId !== null) return;
    this.start = today;
    this.end = addDays(today, TWO_WEEKS_DAYS);
    this.isLoaded = true;
  }

  /** Fill in what the server has; nothing to do for a new sprint. */
  async load(): Promise<void> {
    if (this.#sprintId === null) return;
    const sprint = await this.#try(api.sprint(this.#sprintId));
    if (!sprint) return;
    this.#fill(sprint);
    this.isLoaded = true;
  }

  /** Save; null when refused, with the reason in `errors` or `problem`. */
  async save(): Promise<FullSprint | null> {
    const { name, goal, description, end } = this;
    const values = { name, goal, description, end, start: this.start || null };
    const saving =
      this.#sprintId === null
        ? api.createSprint(this.#projectId, values)
        : api.updateSprint(this.#sprintId, values, this.#version);
    return this.#try(saving);
  }

  /** Delete; false when refused. A second call after `hasTasks` puts open tasks back first. */
  async remove(): Promise<boolean> {
    if (this.#sprintId === null) return false;
    const answer = await this.#try(
      api.deleteSprint(this.#sprintId, this.hasTasks).then(() => true),
    );
    return answer ?? false;
  }

  async #try<T>(call: Promise<T>): Promise<T | null> {
    this.isBusy = true;
    this.errors = {};
    this.problem = "";
    try {
      return await call;
    } catch (error) {
      this.#refused(error);
      return null;
    } finally {
      this.isBusy = false;
    }
  }

  #refused(error: unknown): void {
    if (error instanceof api.ApiError && error.status === 409) {
      this.hasTasks = true;
    } else if (error instanceof api.ApiError && error.status === 412) {
      const current = error.body.sprint as FullSprint | undefined;
      if (current) this.#version = current.version;
      this.problem = "Somebody changed this sprint meanwhile. Save again to keep your version.";
    } else {
      this.errors = error instanceof api.ApiError ? error.fields : {};
      const isShown = Object.keys(this.errors).some((field) => FIELDS.has(field));
      if (!isShown) this.problem = (error as Error).message;
    }
  }

  #fill(sprint: FullSprint): void {
    this.name = sprint.name;
    this.goal = sprint.goal;
    this.description = sprint.description;
    this.start = sprint.start ?? "";
    this.end = sprint.end;
    this.#version = sprint.version;
  }
}
