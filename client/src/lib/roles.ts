/** What the roles are called and what they mean. */
import type { Role } from "./types";

export const ROLES: readonly Role[] = ["owner", "member", "viewer"];

export const ROLE_NAMES: Record<Role, string> = {
  owner: "Owner",
  member: "Member",
  viewer: "Viewer",
};

/** To follow "as". */
export const ROLE_PHRASES: Record<Role, string> = {
  owner: "an owner",
  member: "a member",
  viewer: "a viewer",
};

/** What a role lets one do, to follow "can". */
export const ROLE_ABILITIES: Record<Role, string> = {
  owner: "change everything and manage the project and its people",
  member: "change tasks and sprints",
  viewer: "see everything live and change nothing",
};
