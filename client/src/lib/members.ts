/** The members of a project, as lists show them. Pure. */
import type { Membership } from "./types";

/** Compares two members by what they are called. */
export function byName(one: Membership, other: Membership): number {
  return (one.full_name || one.user).localeCompare(other.full_name || other.user);
}

export function memberOf(username: string, members: readonly Membership[]): Membership | undefined {
  return members.find(({ user }) => user === username);
}

/** The name of a member for people; a username that is not a member's stays as it is. */
export function nameOf(username: string, members: readonly Membership[]): string {
  return memberOf(username, members)?.full_name || username;
}
