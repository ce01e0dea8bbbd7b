/** The files of an open task, and those on their way there. */
import { newMutation } from "./api";
import * as api from "./details-api";
import { fileSize } from "./file-size";
import { problemWords, unlessGone } from "./http";
import { Parts } from "./parts.svelte";
import type { Attachment } from "./types";
import { undo } from "./undo";
import { UploadCancelled } from "./upload";

export const LARGEST_FILE_BYTES = 10 * 1024 * 1024;
/** What browsers show as a picture, and the server hands out as one. */
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** One file on its way. */
export class Sending {
  readonly file: File;
  /** From 0 to 1. */
  progress = $state(0);
  /** Why it failed; empty while it has not. */
  problem = $state("");
  /** Sent again it is the same write. */
  readonly mutation = newMutation();
  cancel = new AbortController();

  constructor(file: File) {
    this.file = file;
  }

  /** One that is too large is not tried again. */
  get isHopeless(): boolean {
    return this.file.size > LARGEST_FILE_BYTES;
  }
}

export class Attachments {
  readonly parts: Parts<Attachment>;
  sending: readonly Sending[] = $state.raw([]);
  #taskId: number;
  #queue: Promise<void> = Promise.resolve();

  constructor(taskId: number) {
    this.#taskId = taskId;
    this.parts = new Parts<Attachment>(taskId, {
      model: "attachment",
      read: () => api.attachments(taskId),
      compare: (one, other) => one.id - other.id,
    });
  }

  /** Send files one after the other; each says by itself how it goes. */
  async send(files: Iterable<File>): Promise<void> {
    const sendings = [...files].map((file) => new Sending(file));
    this.sending = [...this.sending, ...sendings];
    await Promise.all(sendings.map((sending) => this.retry(sending)));
  }

  /** Send one file, after those before it; what fails stays to be tried again. */
  retry(sending: Sending): Promise<void> {
    sending.problem = problemOfSize(sending);
    if (sending.problem) return Promise.resolve();
    sending.progress = 0;
    sending.cancel = new AbortController();
    this.#queue = this.#queue.then(() => this.#upload(sending));
    return this.#queue;
  }

  /** Give a file up, whether it waits, goes or has failed. */
  forget(sending: Sending): void {
    this.sending = this.sending.filter((one) => one !== sending);
    sending.cancel.abort();
  }

  /** Delete an attachment; one that has gone already is fine. */
  async delete(attachment: Attachment): Promise<void> {
    await undo.perform({
      send: (mutation) => unlessGone(api.deleteAttachment(attachment.id, mutation)),
      told: () => `Removed the file “${attachment.name}”`,
    });
    this.parts.drop(attachment.id);
  }

  async #upload(sending: Sending): Promise<void> {
    if (!this.sending.includes(sending)) return;
    const { file, mutation, cancel } = sending;
    const progressed = (part: number) => (sending.progress = part);
    const call = { mutation, progressed, signal: cancel.signal };
    try {
      this.parts.take(await api.addAttachment(this.#taskId, file, call));
      this.sending = this.sending.filter((one) => one !== sending);
    } catch (error) {
      if (!(error instanceof UploadCancelled)) sending.problem = problemWords(error, "file");
    }
  }
}

export function isPicture(attachment: Attachment): boolean {
  return PICTURES.has(attachment.content_type);
}

function problemOfSize({ file, isHopeless }: Sending): string {
  if (!isHopeless) return "";
  const most = fileSize(LARGEST_FILE_BYTES);
  return `It is ${fileSize(file.size)} large; a file may have at most ${most}.`;
}
