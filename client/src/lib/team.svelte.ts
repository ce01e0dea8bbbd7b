/** Who is in a project and who may come, loaded when asked for. */
import { byName } from "./members";
import * as team from "./team";
import type { Membership } from "./types";

export class Team {
  readonly projectId: number;
  /** Null until loaded. */
  members: readonly Membership[] | null = $state.raw(null);
  invitations: readonly team.Invitation[] | null = $state.raw(null);
  failure: Error | null = $state.raw(null);

  open = $derived(this.invitations?.filter(({ status }) => status === "open") ?? []);
  past = $derived(this.invitations?.filter(({ status }) => status !== "open") ?? []);
  owners = $derived(this.members?.filter(({ role }) => role === "owner").length ?? 0);

  constructor(projectId: number) {
    this.projectId = projectId;
  }

  /** Load or load anew; what was there stays until the answer. Only owners see invitations. */
  async load({ isOwner }: { isOwner: boolean }): Promise<void> {
    try {
      const invitations = isOwner ? team.invitations(this.projectId) : Promise.resolve([]);
      const [members, invited] = await Promise.all([team.members(this.projectId), invitations]);
      this.members = members.sort(byName);
      this.invitations = invited;
      this.failure = null;
    } catch (error) {
      this.failure = error as Error;
    }
  }
}
