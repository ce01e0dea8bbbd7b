/** Who is signed in. One for the whole page. */
import * as api from "./api";
import { forgetBoards } from "./board-cache";
import { draftsOf } from "./draft.svelte";
import { isUnavailable, onUnauthorized } from "./http";
import { browserShelf, lastMe, rememberMe, removeOtherSchemas } from "./kept";
import { closeOutbox, outboxOf } from "./own-outbox";
import type { Me, Project } from "./types";
import { undo } from "./undo";

type SessionState = "loading" | "anonymous" | "signed-in" | "unavailable";

class Session {
  state: SessionState = $state("loading");
  me: Me | null = $state.raw(null);

  constructor() {
    onUnauthorized(() => this.#forget());
  }

  /** Ask the server who we are; while it is away, whoever was signed in last stays so. */
  async load(): Promise<void> {
    const shelf = browserShelf();
    removeOtherSchemas(shelf);
    try {
      this.#take(await api.me());
      rememberMe(shelf, this.me);
    } catch (error) {
      const last = isUnavailable(error) ? lastMe(shelf) : null;
      if (last) this.#take(last);
      else if (error instanceof api.ApiError && error.status === 401) this.#forget();
      else this.state = "unavailable";
    }
  }

  /** How many changes made here the server does not have yet. */
  get unsent(): number {
    return this.me ? outboxOf(this.me.username).entries.length : 0;
  }

  /** Sign out here and on the server, and forget what this browser kept of the person. */
  async signOut(): Promise<void> {
    await api.signOut();
    if (this.me) {
      draftsOf(this.me.username).clear();
      await forgetBoards(this.me.username);
    }
    closeOutbox({ forget: true });
    rememberMe(browserShelf(), null);
    this.#forget();
  }

  /** The projects that one is a member of, by name. */
  get projects(): Project[] {
    const projects = this.me?.memberships.map((membership) => membership.project) ?? [];
    return projects.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** One's role in a project; null outside it. */
  roleIn(project: number) {
    return this.me?.memberships.find((one) => one.project.id === project)?.role ?? null;
  }

  #take(me: Me): void {
    this.me = me;
    this.state = "signed-in";
    outboxOf(me.username);
  }

  /** What is not sent yet stays kept until the same person signs in again. */
  #forget(): void {
    closeOutbox();
    undo.clear();
    this.me = null;
    this.state = "anonymous";
  }
}

export const session = new Session();
