/** The shapes of the HTTP API and of the wire, as docs/api-contract and the protocol have them. */

export type Status = 1 | 2 | 3 | 4;
export type Role = "owner" | "member" | "viewer";

/** `YYYY-MM-DD`, without a time or a zone. */
export type IsoDate = string;

export interface Project {
  id: number;
  key: string;
  name: string;
  time_zone: string;
  /** How many tasks a column should hold at most; more only warns. */
  wip_limits: Partial<Record<Status, number>>;
  /** While set, nothing in the project can be changed. */
  archived_at: string | null;
  version: number;
}

export type Colour =
  "grey" | "red" | "orange" | "yellow" | "green" | "teal" | "blue" | "violet" | "pink";

export interface Label {
  id: number;
  project: number;
  name: string;
  colour: Colour;
  version: number;
}

export interface Membership {
  id: number;
  project: number;
  user: string;
  full_name: string;
  is_active: boolean;
  /** A name of the person's picture, another one for each; null without. */
  picture: string | null;
  role: Role;
  version: number;
}

export interface Sprint {
  id: number;
  project: number;
  name: string;
  /** The name, or "Sprint ending <end>". */
  title: string;
  goal: string;
  start: IsoDate | null;
  end: IsoDate;
  closed_at: string | null;
  version: number;
}

export interface FullSprint extends Sprint {
  description: string;
}

/** A task as a board shows it: without its description, only whether there is one. */
export interface Card {
  id: number;
  project: number;
  number: number;
  /** The project's key and the task's number: WEB-12. */
  key: string;
  name: string;
  has_description: boolean;
  /** Null: the backlog of its project. */
  sprint: number | null;
  status: Status;
  order: number;
  /** A username. */
  assigned: string | null;
  points: number | null;
  started: IsoDate | null;
  due: IsoDate | null;
  completed: IsoDate | null;
  /** Ids of labels, rising. */
  labels: readonly number[];
  is_blocked: boolean;
  comment_count: number;
  checklist_count: number;
  checklist_done_count: number;
  attachment_count: number;
  version: number;
  /** As it is shown: with a change that could not be sent yet. */
  isWaiting?: boolean;
}

export interface Task extends Card {
  description: string;
}

/** What somebody wrote below a task. */
export interface Comment {
  id: number;
  task: number;
  /** A username. */
  author: string;
  /** Markdown. */
  text: string;
  /** Usernames of members that it calls. */
  mentions: readonly string[];
  created_at: string;
  edited_at: string | null;
  version: number;
}

export interface ChecklistItem {
  id: number;
  task: number;
  text: string;
  is_done: boolean;
  order: number;
  version: number;
}

export interface Attachment {
  id: number;
  task: number;
  name: string;
  /** In bytes. */
  size: number;
  /** What its bytes say it is. */
  content_type: string;
  /** A username. */
  uploaded_by: string;
  created_at: string;
  version: number;
}

/** What a field holds, on the wire. */
export type FieldValue = string | number | boolean | null | readonly number[];

/** The task that something was done to, as it is now. */
export interface ToldTask {
  id: number;
  key: string;
  name: string;
  /** Null in the backlog. */
  sprint: number | null;
  is_deleted: boolean;
}

/** What one change made of one object. */
export interface HistoryEntry {
  model:
    | "task"
    | "comment"
    | "checklist_item"
    | "attachment"
    | "sprint"
    | "label"
    | "membership"
    | "project";
  action: "add" | "update" | "remove";
  id: number;
  /** Values before and after by field; an empty pair for long texts. */
  changed: Record<string, FieldValue[]>;
  /** What the object says or is called. */
  text?: string | null;
  /** Null for what belongs to the project itself. */
  task?: ToldTask | null;
}

/** All that one person did at once. */
export interface HistoryChange {
  change: string;
  at: string;
  /** A username; null for somebody whose account is gone. */
  actor: string | null;
  mentions_me: boolean;
  entries: readonly HistoryEntry[];
  can_undo: boolean;
}

export interface Position {
  epoch: string;
  seq: number;
  /** The change that stands there; it tells a restored database's new history from the old one. */
  change?: string;
}

export interface Snapshot {
  sprint: Sprint;
  project: Project;
  tasks: Card[];
  backlog: Card[];
  labels: Label[];
  members: Membership[];
  channels: Record<string, Position>;
  today: IsoDate;
  role: Role;
}

export interface Me {
  id: number;
  username: string;
  full_name: string;
  is_staff: boolean;
  /** As in memberships. */
  picture: string | null;
  default_project: number | null;
  memberships: { id: number; role: Role; project: Project }[];
}

export interface SprintProgress {
  tasks: number;
  tasks_done: number;
  points: number;
  points_done: number;
}

/** Where every event stands in its channel's log. */
interface Address {
  v: number;
  channel: string;
  epoch: string;
  seq: number;
  /** The changes before and of this event. */
  prev: string;
  change: string;
  actor: string;
  /** The X-Client-Mutation of the write that caused it. */
  origin: string | null;
}

export interface ObjectEvent extends Address {
  model:
    | "task"
    | "sprint"
    | "project"
    | "membership"
    | "label"
    | "comment"
    | "checklist_item"
    | "attachment"
    | "access"
    | "channel";
  action: "add" | "update" | "remove";
  id: number;
  version: number;
  body: Record<string, unknown> | null;
  changed?: Record<string, unknown>;
  /** Long texts that were too big for the wire. */
  omitted?: string[];
}

export interface OrderEvent extends Address {
  model: "column";
  action: "order";
  sprint: number | null;
  status: Status;
  /** Task id to its new order. Versions stay. */
  order: Record<string, number>;
  /** Task id to the version that was numbered. */
  versions: Record<string, number>;
}

export type BoardEvent = ObjectEvent | OrderEvent;

export interface Person {
  username: string;
  full_name: string;
}
