/** One way to talk HTTP with the server: JSON, the CSRF header, and errors as one family. */

import { locale } from "./own-language";

const UNAVAILABLE = new Set([429, 502, 503, 504]);
/** An answer that takes longer will not come. */
const ANSWER_MS = 15_000;

/** Field errors as the API gives them: `{"end": ["End date cannot be in the past."]}`. */
export type FieldErrors = Record<string, string[]>;

/** The server answered, but not with what was asked for. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: Record<string, unknown>,
    /** What `Retry-After` says about a 429, where it says something. */
    retryAfterSeconds: number | null = null,
  ) {
    super(status === 429 ? tooMany(retryAfterSeconds) : describe(status, body));
    this.name = "ApiError";
  }

  /** Messages by field; empty for answers that carry only a `detail`. */
  get fields(): FieldErrors {
    const entries = Object.entries(this.body).filter(([, value]) => Array.isArray(value));
    return Object.fromEntries(entries.map(([field, value]) => [field, (value as []).map(String)]));
  }
}

/** No answer came: the server is away or this computer is offline. */
export class Unreachable extends Error {
  constructor() {
    super("The server could not be reached. Check your connection and try again.");
    this.name = "Unreachable";
  }
}

/** True when the server did not answer, or only a proxy in front of it or an overload did. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof ApiError) return UNAVAILABLE.has(error.status);
  return error instanceof Unreachable;
}

/** Why a write failed, in words: what the server says of `field`, else of the whole. */
export function problemWords(error: unknown, field: string): string {
  if (error instanceof ApiError) return error.fields[field]?.[0] ?? error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Wait for a deletion: that somebody else was first is no failure. Raises what else it raises. */
export async function unlessGone(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}

export interface Call {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  body?: unknown;
  /** Version for `If-Match`. */
  ifMatch?: number;
  /** A uuid for `X-Client-Mutation`: makes the write safe to repeat and marks its event. */
  mutation?: string;
  headers?: Record<string, string>;
  /** Ends the wait for an answer that is not wanted any more. */
  signal?: AbortSignal;
  /** It goes on when the page is closed. */
  keepalive?: boolean;
}

let unauthorized: () => void = () => undefined;

/** Name what happens when an API answer says that the session is over. */
export function onUnauthorized(listener: () => void): void {
  unauthorized = listener;
}

let changed: (mutation: string, change: string) => void = () => undefined;

/** Name what hears which change a write with a mutation id has made: what can be undone. */
export function onChanged(listener: (mutation: string, change: string) => void): void {
  changed = listener;
}

/** Tell on what the header `X-Change` of an answer says, if it says anything. */
export function noteChange(mutation: string | undefined, change: string | null): void {
  if (mutation && change) changed(mutation, change);
}

/**
 * Send one request to this origin and return the JSON of its answer (null for an empty one).
 *
 * Raises `ApiError` for statuses from 400 and `Unreachable` when there was no answer.
 */
export async function request<T>(path: string, call: Call = {}): Promise<T> {
  const [response, body] = await send(path, call);
  // Who brings a secret of another kind is not asking as whoever is signed in.
  const isOwn = path.startsWith("/api/") && !call.headers?.Authorization;
  if (response.status === 401 && isOwn) unauthorized();
  if (!response.ok) throw errorOf(response, body);
  noteChange(call.mutation, response.headers.get("X-Change"));
  return body as T;
}

/** A part of a list, and the path of what comes after it. */
export interface Page<T> {
  results: T[];
  next: string | null;
}

/** Read one page of a list. Raises what `request` raises. */
export async function requestPage<T>(path: string): Promise<Page<T>> {
  const { results, next } = await request<Page<T>>(path);
  return { results, next: next && pathOf(next) };
}

/** Read a list to its last page. Raises what `request` raises. */
export async function requestAll<T>(path: string): Promise<T[]> {
  const found: T[] = [];
  let next: string | null = path;
  while (next) {
    const page: Page<T> = await requestPage(next);
    found.push(...page.results);
    next = page.next;
  }
  return found;
}

/**
 * How many milliseconds the server's clock is ahead of this one, give or take half a second.
 *
 * Raises what `request` raises.
 */
export async function clockAhead(path: string): Promise<number> {
  const [response, body] = await send(path, {});
  if (!response.ok) throw errorOf(response, body);
  const told = Date.parse(response.headers.get("Date") ?? "");
  // The header counts whole seconds; a server without one is not reproached for it.
  return Number.isNaN(told) ? 0 : told + 500 - Date.now();
}

/** The path of a link; links are absolute, and behind a proxy their scheme may not be ours. */
function pathOf(link: string): string {
  const url = new URL(link, window.location.origin);
  return url.pathname + url.search;
}

async function send(path: string, call: Call): Promise<[Response, unknown]> {
  try {
    const response = await fetch(path, {
      method: call.method ?? "GET",
      headers: headersOf(call),
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      credentials: "same-origin",
      keepalive: call.keepalive,
      signal: call.signal ?? AbortSignal.timeout(ANSWER_MS),
    });
    return [response, readJson(await response.text())];
  } catch {
    throw new Unreachable();
  }
}

function errorOf(response: Response, body: unknown): ApiError {
  return answeredError(response.status, body, response.headers.get("Retry-After"));
}

/** What an answer that is not what was asked for means. */
export function answeredError(status: number, body: unknown, retryAfter: string | null): ApiError {
  const seconds = Number.parseInt(retryAfter ?? "", 10);
  return new ApiError(status, isRecord(body) ? body : {}, Number.isNaN(seconds) ? null : seconds);
}

/** The headers of a request to this origin. */
export function headersOf(call: Call): Headers {
  const headers = new Headers({ Accept: "application/json", ...call.headers });
  if (call.body !== undefined) headers.set("Content-Type", "application/json");
  if (call.ifMatch !== undefined) headers.set("If-Match", `"${call.ifMatch}"`);
  if (call.mutation) headers.set("X-Client-Mutation", call.mutation);
  if (call.method && call.method !== "GET") headers.set("X-CSRFToken", cookie("csrftoken"));
  return headers;
}

/** JSON that came; null for what is none. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function cookie(name: string): string {
  const pair = document.cookie.split("; ").find((entry) => entry.startsWith(`${name}=`));
  return pair ? decodeURIComponent(pair.slice(name.length + 1)) : "";
}

function describe(status: number, body: Record<string, unknown>): string {
  if (typeof body.detail === "string") return body.detail;
  const first = Object.values(body).find((value) => Array.isArray(value) && value.length > 0);
  if (first) return String((first as unknown[])[0]);
  if (status === 503) return "The server is busy. Try again in a moment.";
  if (status >= 500) return "Something went wrong on the server. Try again in a moment.";
  return `The server refused this (${status}).`;
}

function tooMany(seconds: number | null): string {
  const wait = seconds === null ? "Wait a few minutes" : `Wait ${duration(seconds)}`;
  return `That was too often. ${wait}, then try again.`;
}

function duration(seconds: number): string {
  const [size, unit] =
    seconds < 90 ? [1, "second"] : seconds < 5_400 ? [60, "minute"] : [3_600, "hour"];
  const words = new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" });
  return words.format(Math.max(1, Math.ceil(seconds / size)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
