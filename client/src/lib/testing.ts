/** Objects as the server sends them, for tests: give what matters, the rest is filled in. */
import type { BoardEvent, Membership, ObjectEvent, Project, Snapshot, Sprint, Task } from "./types";

export const PROJECT: Project = {
  id: 1,
  key: "WEB",
  name: "Web",
  time_zone: "UTC",
  wip_limits: {},
  archived_at: null,
  version: 1,
};

export const SPRINT: Sprint = {
  id: 7,
  project: 1,
  name: "Seven",
  title: "Seven",
  goal: "",
  start: "2026-11-14",
  end: "2026-11-27",
  closed_at: null,
  version: 1,
};

/** A task of sprint 7, Not Started, version 1. */
export function task(id: number, fields: Partial<Task> = {}): Task {
  return {
    id,
    project: 1,
    number: id,
    key: `WEB-${id}`,
    name: `Task ${id}`,
    description: "",
    has_description: false,
    sprint: 7,
    status: 1,
    order: id * 65_536,
    assigned: null,
    points: null,
    started: null,
    due: null,
    completed: null,
    labels: [],
    is_blocked: false,
    comment_count: 0,
    checklist_count: 0,
    checklist_done_count: 0,
    attachment_count: 0,
    version: 1,
    ...fields,
  };
}

/** A member of project 1. */
export function member(id: number, fields: Partial<Membership> = {}): Membership {
  const user = `user${id}`;
  const names = { user, full_name: `User ${id}`, is_active: true, picture: null };
  return { id, project: 1, ...names, role: "member", version: 1, ...fields };
}

/** The board of sprint 7 with these tasks, at seq 0 of both channels. */
export function snapshot(tasks: readonly Task[] = [], fields: Partial<Snapshot> = {}): Snapshot {
  const links = { self: "http://localhost/somewhere/" };
  const cards = tasks.map(({ description: _, ...card }) => ({ ...card, links }));
  return {
    sprint: SPRINT,
    project: PROJECT,
    tasks: cards.filter((card) => card.sprint === 7),
    backlog: cards.filter((card) => card.sprint === null),
    labels: [],
    members: [member(1)],
    channels: { "sprint.7": { epoch: "a", seq: 0 }, "project.1": { epoch: "a", seq: 0 } },
    today: "2026-11-20",
    role: "member",
    ...fields,
  };
}

/** An event of a channel, epoch "a", by ben. */
export function event(channel: string, seq: number, fields: Partial<ObjectEvent>): BoardEvent {
  const address = { v: 1, channel, epoch: "a", seq, actor: "ben", origin: null };
  const chain = { prev: `c${seq - 1}`, change: `c${seq}` };
  return { ...address, ...chain, ...fields } as BoardEvent;
}

/** The event that a task was changed; its body has links, as on the wire. */
export function taskEvent(channel: string, seq: number, body: Task): BoardEvent {
  const { id, version } = body;
  const wire = { ...body, links: { self: "/somewhere/" } };
  return event(channel, seq, { model: "task", action: "update", id, version, body: wire });
}
