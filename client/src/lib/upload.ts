/** Sending files: the one kind of request whose way is shown, which `fetch` cannot tell. */
import { answeredError, headersOf, noteChange, readJson, Unreachable } from "./http";

export interface UploadCall {
  /** POST unless told otherwise. */
  method?: "POST" | "PUT";
  /** A uuid that makes it safe to send again. */
  mutation?: string;
  /** Told how much has gone, from 0 to 1. */
  progressed?: (part: number) => void;
  /** Gives it up; the promise then rejects with `UploadCancelled`. */
  signal?: AbortSignal;
}

/** Whoever sent it changed their mind. */
export class UploadCancelled extends Error {
  constructor() {
    super("The upload was cancelled.");
    this.name = "UploadCancelled";
  }
}

/** Send a form; raises `ApiError`, `Unreachable` and `UploadCancelled`. */
export function upload<T>(path: string, form: FormData, call: UploadCall): Promise<T> {
  return new Promise((resolve, reject) => {
    const { method = "POST", mutation, progressed, signal } = call;
    const sending = new XMLHttpRequest();
    sending.open(method, path);
    const headers = headersOf({ method, mutation });
    headers.forEach((value, name) => sending.setRequestHeader(name, value));
    sending.upload.onprogress = ({ loaded, total }) => progressed?.(total ? loaded / total : 0);
    sending.onload = () => {
      noteChange(call.mutation, sending.getResponseHeader("X-Change"));
      settle(sending, resolve, reject);
    };
    sending.onerror = () => reject(new Unreachable());
    sending.onabort = () => reject(new UploadCancelled());
    signal?.addEventListener("abort", () => sending.abort());
    sending.send(form);
  });
}

function settle<T>(
  sending: XMLHttpRequest,
  resolve: (answer: T) => void,
  reject: (error: Error) => void,
): void {
  const body = readJson(sending.responseText);
  if (sending.status < 400) resolve(body as T);
  else reject(answeredError(sending.status, body, sending.getResponseHeader("Retry-After")));
}
