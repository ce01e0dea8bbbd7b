/** A stand-in for the network in tests: answers by method and path, and notes what was asked. */
import { vi } from "vitest";

export interface Request {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

/** What a test answers: a status with JSON, or null for no connection. */
export type Answer = {
  status: number;
  json?: unknown;
  headers?: Record<string, string>;
} | null;

/** Replace `fetch`; `answer` is called for each request. Returns all requests so far. */
export function stubHttp(answer: (request: Request) => Answer | Promise<Answer>): Request[] {
  const requests: Request[] = [];
  vi.stubGlobal("document", { cookie: "csrftoken=secret" });
  vi.stubGlobal("window", { location: { origin: "https://elsewhere.example" } });
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const body: unknown = init.body ? JSON.parse(init.body as string) : undefined;
    const request = { method: init.method!, path, headers: new Headers(init.headers), body };
    requests.push(request);
    const given = await answer(request);
    if (given === null) throw new TypeError("Failed to fetch");
    const text = given.json === undefined ? null : JSON.stringify(given.json);
    return new Response(text, { status: given.status, headers: given.headers });
  });
  return requests;
}
