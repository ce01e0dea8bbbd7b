/** Projects and who is in them: members, invitations, public links. One function each. */
import { newMutation } from "./api";
import { request, requestAll } from "./http";
import type { Membership, Project, Role, Snapshot, Status } from "./types";

export interface Invitation {
  id: number;
  project: number;
  role: Role;
  /** Empty when it was made for nobody in particular. */
  email: string;
  created_by: string;
  created_at: string;
  expires_at: string;
  accepted_by: string | null;
  status: "open" | "accepted" | "expired" | "revoked";
}

/** What somebody who is invited may know before they are in. */
export interface InvitationSeen {
  project: { key: string; name: string };
  role: Role;
  email: string;
  invited_by: string;
  expires_at: string;
}

export function createProject(fields: {
  key: string;
  name: string;
  time_zone: string;
}): Promise<Project> {
  return request("/api/projects/", { method: "POST", body: fields, mutation: newMutation() });
}

/** Change a project; `ApiError` 412 when somebody else did since `version`. */
export function updateProject(
  id: number,
  fields: Partial<Pick<Project, "name" | "time_zone">>,
  version: number,
): Promise<Project> {
  const call = { body: fields, ifMatch: version, mutation: newMutation() };
  return request(`/api/projects/${id}/`, { method: "PATCH", ...call });
}

/** Limits of the columns that shall change; null takes one away. */
export type WipLimits = Partial<Record<Status, number | null>>;

/** Set limits of columns; those that are left out stay, so that no version is asked for. */
export function setWipLimits(id: number, wip_limits: WipLimits): Promise<Project> {
  const call = { body: { wip_limits }, mutation: newMutation() };
  return request(`/api/projects/${id}/`, { method: "PATCH", ...call });
}

export function archiveProject(id: number): Promise<Project> {
  return request(`/api/projects/${id}/archive/`, { method: "POST", mutation: newMutation() });
}

export function restoreProject(id: number): Promise<Project> {
  return request(`/api/projects/${id}/restore/`, { method: "POST", mutation: newMutation() });
}

/** Delete a project with all that is in it; `key` confirms that it is meant. */
export function deleteProject(id: number, key: string): Promise<null> {
  const path = `/api/projects/${id}/?confirm=${encodeURIComponent(key)}`;
  return request(path, { method: "DELETE", mutation: newMutation() });
}

/** Everybody who is in a project. */
export function members(projectId: number): Promise<Membership[]> {
  return requestAll(`/api/memberships/?project=${projectId}&page_size=100`);
}

export function changeRole(member: Membership, role: Role): Promise<Membership> {
  const path = `/api/memberships/${member.id}/`;
  return request(path, { method: "PATCH", body: { role }, mutation: newMutation() });
}

/** Remove somebody, or leave; 409 for the last owner. */
export function removeMember(id: number): Promise<null> {
  return request(`/api/memberships/${id}/`, { method: "DELETE", mutation: newMutation() });
}

/** Make somebody the owner in one's own place. */
export function handOver(id: number): Promise<Membership> {
  return request(`/api/memberships/${id}/hand-over/`, {
    method: "POST",
    mutation: newMutation(),
  });
}

export function invitations(projectId: number): Promise<Invitation[]> {
  return requestAll(`/api/invitations/?project=${projectId}&page_size=100`);
}

/** Invite somebody; the link is in this answer and nowhere else. */
export function invite(fields: {
  project: number;
  role: Role;
  email?: string;
  days?: number;
}): Promise<Invitation & { link: string }> {
  return request("/api/invitations/", { method: "POST", body: fields });
}

export function revokeInvitation(id: number): Promise<null> {
  return request(`/api/invitations/${id}/`, { method: "DELETE" });
}

/** What an invitation is for; 404 for a link that is not whole, 410 for one that has ended. */
export function lookAtInvitation(token: string): Promise<InvitationSeen> {
  return request("/api/invitations/look/", { method: "POST", body: { token } });
}

/** Join as whoever is signed in. */
export function acceptInvitation(token: string): Promise<Membership> {
  return request("/api/invitations/accept/", { method: "POST", body: { token } });
}

/** The public link of a sprint; null while there is none. */
export async function sharedLink(sprintId: number): Promise<string | null> {
  return (await request<{ link: string | null }>(`/api/sprints/${sprintId}/share/`)).link;
}

/** Make a public link, in place of the one that there was. */
export async function shareSprint(sprintId: number): Promise<string> {
  const path = `/api/sprints/${sprintId}/share/`;
  return (await request<{ link: string }>(path, { method: "POST" })).link;
}

export function endSharing(sprintId: number): Promise<null> {
  return request(`/api/sprints/${sprintId}/share/`, { method: "DELETE" });
}

/** A board by its public link. */
export function sharedBoard(token: string): Promise<Snapshot> {
  return request("/api/shared/board/", { headers: bearing(token) });
}

/** A websocket address for a guest. */
export async function sharedTicket(token: string): Promise<string> {
  const call = { method: "POST", headers: bearing(token) } as const;
  return (await request<{ channel: string }>("/api/shared/ticket/", call)).channel;
}

function bearing(token: string): Record<string, string> {
  return { Authorization: `Share ${token}` };
}
