/** Who is signed in. One for the whole page. */
import * as api from "./api";
import { onUnauthorized } from "./http";
import type { Me, Project } from "./types";

type SessionState = "loading" | "anonymous" | "signed-in" | "unavailable";

class Session {
  state: SessionState = $state("loading");
  me: Me | null = $state.raw(null);

  constructor() {
    onUnauthorized(() => this.#forget());
  }

  /** Ask the server who we are. */
  async load(): Promise<void> {
    try {
      this.me = await api.me();
      this.state = "signed-in";
    } catch (error) {
      if (error instanceof api.ApiError && error.status === 401) this.#forget();
      else this.state = "unavailable";
    }
  }

  /** Sign in; raises `ApiError` 400 for wrong credentials. */
  async signIn(username: string, password: string): Promise<void> {
    await api.signIn(username, password);
    await this.load();
  }

  /** Sign out here and on the server. */
  async signOut(): Promise<void> {
    await api.signOut();
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

  #forget(): void {
    this.me = null;
    this.state = "anonymous";
  }
}

export const session = new Session();
