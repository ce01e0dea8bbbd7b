/**
 * The state of a board and what an event does to it. Pure: no DOM, no runes, no I/O.
 *
 * The rule that everything here serves: old state + events = freshly loaded state.
 * States are never changed in place, and an object that no event touched stays the same object,
 * so a page may compare cards by identity.
 */
import { positionOf } from "./protocol";
import type {
  BoardEvent,
  Card,
  Label,
  Membership,
  ObjectEvent,
  OrderEvent,
  Position,
  Project,
  Snapshot,
  Sprint,
} from "./types";

export interface BoardState {
  readonly sprint: Sprint;
  /** True once the sprint itself was deleted; its last known form stays in `sprint`. */
  readonly isSprintGone: boolean;
  readonly project: Project;
  /** Tasks of this sprint and of the project's backlog, by id. */
  readonly tasks: ReadonlyMap<number, Card>;
  readonly members: ReadonlyMap<number, Membership>;
  /** The project's labels. Cards may name one that has gone: it is not shown. */
  readonly labels: ReadonlyMap<number, Label>;
  /** Last version of what was removed or left this board ("task 12": 5), until the next snapshot. */
  readonly tombstones: ReadonlyMap<string, number>;
  /** Ids of tasks that were deleted, not merely moved to another sprint. */
  readonly deleted: ReadonlySet<number>;
  /** How far each channel has been applied. */
  readonly positions: ReadonlyMap<string, Position>;
}

interface Draft {
  sprint: Sprint;
  isSprintGone: boolean;
  project: Project;
  tasks: Map<number, Card>;
  members: ReadonlyMap<number, Membership>;
  labels: ReadonlyMap<number, Label>;
  tombstones: Map<string, number>;
  deleted: Set<number>;
  positions: Map<string, Position>;
}

type Body = Record<string, unknown>;

/** Build the state from `GET /api/sprints/<id>/board/`. */
export function fromSnapshot(snapshot: Snapshot): BoardState {
  const cards = [...snapshot.tasks, ...snapshot.backlog].map((task) => toCard(asBody(task)));
  const members = snapshot.members.map((member) => withoutLinks<Membership>(asBody(member)));
  const labels = snapshot.labels.map((label) => withoutLinks<Label>(asBody(label)));
  return {
    sprint: toSprint(asBody(snapshot.sprint)),
    isSprintGone: false,
    project: withoutLinks<Project>(asBody(snapshot.project)),
    tasks: new Map(cards.map((card) => [card.id, card])),
    members: new Map(members.map((member) => [member.id, member])),
    labels: new Map(labels.map((label) => [label.id, label])),
    tombstones: new Map(),
    deleted: new Set(),
    positions: new Map(Object.entries(snapshot.channels)),
  };
}

/**
 * Apply one event and return the new state.
 *
 * Idempotent: an event at or before the channel's position does nothing, and neither does an
 * object whose version is not newer than the one held.
 */
export function apply(state: BoardState, event: BoardEvent): BoardState {
  return applyAll(state, [event]);
}

/** Apply events in their order; cheaper than one by one when many arrive together. */
export function applyAll(state: BoardState, events: readonly BoardEvent[]): BoardState {
  const fresh = events.filter((event) => !isApplied(state.positions, event));
  if (fresh.length === 0) return state;
  const draft = draftOf(state);
  for (const event of fresh) {
    if (isApplied(draft.positions, event)) continue;
    draft.positions.set(event.channel, positionOf(event));
    if (event.model === "column") applyOrder(draft, event);
    else applyObject(draft, event);
  }
  return draft;
}

/** Take over a task that an HTTP answer brought; nothing happens when it is not newer. */
export function upsertTask(state: BoardState, task: Card): BoardState {
  const draft = draftOf(state);
  return putTask(draft, asBody(task)) ? draft : state;
}

/** Take a task off the board after a successful DELETE; its event may still come. */
export function removeTask(state: BoardState, id: number): BoardState {
  const held = state.tasks.get(id);
  if (!held) return state;
  const draft = draftOf(state);
  bury(draft, id, held.version + 1);
  draft.deleted.add(id);
  return draft;
}

/** The state as one JSON value to compare: objects sorted by id, labels that have gone left out. */
export function canonical(state: BoardState): Record<string, unknown> {
  const byId = (a: { id: number }, b: { id: number }) => a.id - b.id;
  const tasks = [...state.tasks.values()].map((task) => ({
    ...task,
    labels: task.labels.filter((id) => state.labels.has(id)),
  }));
  return {
    sprint: state.sprint,
    project: state.project,
    tasks: tasks.sort(byId),
    labels: [...state.labels.values()].sort(byId),
    members: [...state.members.values()].sort(byId),
  };
}

function draftOf(state: BoardState): Draft {
  return {
    ...state,
    tasks: new Map(state.tasks),
    tombstones: new Map(state.tombstones),
    deleted: new Set(state.deleted),
    positions: new Map(state.positions),
  };
}

function isApplied(positions: ReadonlyMap<string, Position>, event: BoardEvent): boolean {
  const position = positions.get(event.channel);
  return position !== undefined && position.epoch === event.epoch && event.seq <= position.seq;
}

function applyObject(draft: Draft, event: ObjectEvent): void {
  if (event.model === "task") applyTask(draft, event);
  else if (event.model === "membership") applyMembership(draft, event);
  else if (event.model === "label") applyLabel(draft, event);
  else if (event.model === "sprint") applySprint(draft, event);
  else if (event.model === "project") applyProject(draft, event);
}

function applyTask(draft: Draft, event: ObjectEvent): void {
  if (event.action === "remove") {
    if (event.version <= knownVersion(draft, event.id)) return;
    bury(draft, event.id, event.version);
    draft.deleted.add(event.id);
    return;
  }
  if (event.body === null) return;
  putTask(draft, event.body, event.omitted?.includes("description"));
}

/** Upsert or drop a task by its body when that is newer; true when the draft changed. */
function putTask(draft: Draft, body: Body, omitsDescription = false): boolean {
  const card = toCard(body, omitsDescription);
  if (card.version <= knownVersion(draft, card.id)) return false;
  if (!isPlacedHere(draft, card)) {
    bury(draft, card.id, card.version);
    return true;
  }
  draft.tasks.set(card.id, card);
  draft.tombstones.delete(`task ${card.id}`);
  draft.deleted.delete(card.id);
  return true;
}

function applyMembership(draft: Draft, event: ObjectEvent): void {
  draft.members = collected(draft, draft.members, event);
}

function applyLabel(draft: Draft, event: ObjectEvent): void {
  draft.labels = collected(draft, draft.labels, event);
}

/**
 * What a project has many of, with what an event tells of one.
 *
 * The same map means the same objects: what shows them need not look again.
 */
function collected<T extends Membership | Label>(
  draft: Draft,
  held: ReadonlyMap<number, T>,
  event: ObjectEvent,
): ReadonlyMap<number, T> {
  const grave = `${event.model} ${event.id}`;
  const known = held.get(event.id)?.version ?? draft.tombstones.get(grave) ?? 0;
  if (event.version <= known) return held;
  const objects = new Map(held);
  if (event.action === "remove" || event.body?.project !== draft.project.id) {
    objects.delete(event.id);
    draft.tombstones.set(grave, event.version);
  } else {
    objects.set(event.id, withoutLinks<T>(event.body));
    draft.tombstones.delete(grave);
  }
  return objects;
}

/** Other sprints of the project come by the same channel and are no part of this board. */
function applySprint(draft: Draft, event: ObjectEvent): void {
  if (event.id !== draft.sprint.id || event.version <= draft.sprint.version) return;
  if (event.action === "remove") draft.isSprintGone = true;
  else if (event.body) draft.sprint = { ...draft.sprint, ...toSprint(event.body) };
}

function applyProject(draft: Draft, event: ObjectEvent): void {
  if (event.id !== draft.project.id || event.version <= draft.project.version) return;
  if (event.body) draft.project = withoutLinks<Project>(event.body);
}

/**
 * Set the order of those listed tasks that stand in that column in the version that was numbered.
 *
 * A newer version may have come ahead by another channel or by HTTP; it brought its own order.
 */
function applyOrder(draft: Draft, event: OrderEvent): void {
  for (const [id, order] of Object.entries(event.order)) {
    const card = draft.tasks.get(Number(id));
    if (!card || card.sprint !== event.sprint || card.status !== event.status) continue;
    if (card.version !== event.versions[id]) continue;
    if (card.order !== order) draft.tasks.set(card.id, { ...card, order });
  }
}

function knownVersion(draft: Draft, id: number): number {
  return draft.tasks.get(id)?.version ?? draft.tombstones.get(`task ${id}`) ?? 0;
}

function bury(draft: Draft, id: number, version: number): void {
  draft.tasks.delete(id);
  draft.tombstones.set(`task ${id}`, version);
}

/** The sprint's tasks and the project's backlog belong to a board, placed by the task's own field. */
function isPlacedHere(draft: Draft, card: Card): boolean {
  if (card.sprint === null) return card.project === draft.project.id;
  return card.sprint === draft.sprint.id;
}

/** A task as cards hold it. Links are absolute over HTTP and paths on the wire, so they go. */
function toCard(body: Body, omitsDescription = false): Card {
  const { description, links: _, ...card } = body;
  const hasDescription =
    omitsDescription || (body.has_description as boolean | undefined) || Boolean(description);
  return { ...card, has_description: hasDescription } as unknown as Card;
}

/** A sprint without its links and its description: only its form needs that, and loads it. */
function toSprint(body: Body): Sprint {
  const { description: _, ...sprint } = body;
  return withoutLinks<Sprint>(sprint);
}

function withoutLinks<T>(body: Body): T {
  const { links: _, ...rest } = body;
  return rest as T;
}

function asBody(value: object): Body {
  return value as Body;
}
