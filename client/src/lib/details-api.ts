/** The requests of an open task: its comments, checklist, attachments and history. */
import { type Page, request, requestAll, requestPage } from "./http";
import type { Attachment, ChecklistItem, Comment, HistoryChange } from "./types";
import { upload, type UploadCall } from "./upload";

/** All comments of a task. */
export function comments(taskId: number): Promise<Comment[]> {
  return requestAll(`/api/comments/?task=${taskId}&page_size=100`);
}

/** Write a comment; `ApiError` 400 names the field. */
export function addComment(taskId: number, text: string, mutation: string): Promise<Comment> {
  return request("/api/comments/", { method: "POST", body: { task: taskId, text }, mutation });
}

/** Change a comment of one's own; `ApiError` 412 when it was changed since `version`. */
export function editComment(
  id: number,
  text: string,
  version: number,
  mutation: string,
): Promise<Comment> {
  const call = { body: { text }, ifMatch: version, mutation };
  return request(`/api/comments/${id}/`, { method: "PATCH", ...call });
}

export function deleteComment(id: number, mutation: string): Promise<null> {
  return request(`/api/comments/${id}/`, { method: "DELETE", mutation });
}

/** The whole checklist of a task. */
export function checklist(taskId: number): Promise<ChecklistItem[]> {
  return requestAll(`/api/checklist-items/?task=${taskId}&page_size=100`);
}

/** Add an item at the end. */
export function addItem(taskId: number, text: string, mutation: string): Promise<ChecklistItem> {
  const body = { task: taskId, text };
  return request("/api/checklist-items/", { method: "POST", body, mutation });
}

/** What can be changed of an item; `before` or `after` another one is where it shall stand. */
export type ItemPatch =
  { text: string } | { is_done: boolean } | { before: number } | { after: number };

/** Change an item; with a version `ApiError` 412 when it was changed since. */
export function patchItem(
  id: number,
  patch: ItemPatch,
  mutation: string,
  version?: number,
): Promise<ChecklistItem> {
  const call = { body: patch, ifMatch: version, mutation };
  return request(`/api/checklist-items/${id}/`, { method: "PATCH", ...call });
}

export function deleteItem(id: number, mutation: string): Promise<null> {
  return request(`/api/checklist-items/${id}/`, { method: "DELETE", mutation });
}

/** All attachments of a task. */
export function attachments(taskId: number): Promise<Attachment[]> {
  return requestAll(`/api/attachments/?task=${taskId}&page_size=100`);
}

/** Send a file; `ApiError` 400 when it is refused. */
export function addAttachment(taskId: number, file: File, call: UploadCall): Promise<Attachment> {
  const form = new FormData();
  form.append("task", String(taskId));
  form.append("file", file, file.name);
  return upload("/api/attachments/", form, call);
}

export function deleteAttachment(id: number, mutation: string): Promise<null> {
  return request(`/api/attachments/${id}/`, { method: "DELETE", mutation });
}

/** Where an attachment's bytes are; `inline` for a picture that is shown. */
export function filePath(id: number, { inline = false } = {}): string {
  return `/api/attachments/${id}/file/${inline ? "?inline=1" : ""}`;
}

/** A page of what was done to a task, newest first; the first one, or that of a path. */
export function history(taskId: number, path?: string | null): Promise<Page<HistoryChange>> {
  return requestPage(path ?? `/api/tasks/${taskId}/history/`);
}
