/** How the sprints, labels and people of a project are called, for words about it. */
import type { Names } from "./history-words";
import * as api from "./labels-api";
import { SprintList } from "./sprint-list.svelte";
import { Team } from "./team.svelte";
import type { IsoDate, Label, Membership } from "./types";

export class ProjectNames {
  readonly sprints: SprintList;
  /** True once it was read, or could not be: then ids and usernames are all there is. */
  isLoaded = $state(false);
  #team: Team;
  #labels: readonly Label[] = $state.raw([]);

  constructor(projectId: number) {
    this.sprints = new SprintList(projectId);
    this.#team = new Team(projectId);
  }

  async load(): Promise<void> {
    const people = this.#team.load({ isOwner: false });
    await Promise.all([this.sprints.load(), people, this.#loadLabels()]);
    this.isLoaded = true;
  }

  fullName(username: string): string {
    return this.#member(username)?.full_name ?? username;
  }

  /** The name of a member's picture; null without one. */
  pictureOf(username: string): string | null {
    return this.#member(username)?.picture ?? null;
  }

  /** The names as of a day. */
  at(today: IsoDate): Names {
    return {
      nameOf: (username) => this.fullName(username),
      labelName: (id) => this.#labels.find((label) => label.id === id)?.name ?? null,
      sprintName: (id) => this.sprints.sprints?.find((one) => one.id === id)?.title ?? null,
      today,
    };
  }

  #member(username: string): Membership | undefined {
    return this.#team.members?.find(({ user }) => user === username);
  }

  async #loadLabels(): Promise<void> {
    try {
      this.#labels = await api.labels(this.sprints.projectId);
    } catch {
      // They are counted then.
    }
  }
}
