/** What belongs to an open task, as the server sends it, for tests. */
import { event } from "./testing";
import type { Attachment, BoardEvent, ChecklistItem, Comment, ObjectEvent } from "./types";

const AT = "2026-11-20T10:00:00Z";

/** A comment of ben's on task 5, version 1. */
export function comment(id: number, fields: Partial<Comment> = {}): Comment {
  const text = `Comment ${id}`;
  const rest = { mentions: [], created_at: AT, edited_at: null, version: 1 };
  return { id, task: 5, author: "ben", text, ...rest, ...fields };
}

/** An item of the checklist of task 5, version 1. */
export function item(id: number, fields: Partial<ChecklistItem> = {}): ChecklistItem {
  return {
    id,
    task: 5,
    text: `Item ${id}`,
    is_done: false,
    order: id * 100,
    version: 1,
    ...fields,
  };
}

/** A file of task 5, version 1. */
export function attachment(id: number, fields: Partial<Attachment> = {}): Attachment {
  const file = { name: `file-${id}.png`, size: 1000, content_type: "image/png" };
  return { id, task: 5, ...file, uploaded_by: "ben", created_at: AT, version: 1, ...fields };
}

/** The event that a part of task 5 was added or changed. */
export function partEvent(
  model: ObjectEvent["model"],
  body: { id: number; version: number },
  fields: Partial<ObjectEvent> = {},
): BoardEvent {
  const { id, version } = body;
  const told = { model, action: "update" as const, id, version, body: { ...body }, ...fields };
  return event("sprint.7", 1, told);
}
