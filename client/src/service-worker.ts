/**
 * Keeps the shell and all that the client is made of, so that a board can be opened offline.
 *
 * Nothing of a person is here: answers of the API are never kept, and the boards that
 * lib/board-cache.ts keeps are forgotten by signing out. The newest release comes first whenever
 * the server answers. Scripts of the release before it stay, for pages that are still open.
 */
/// <reference lib="webworker" />
import { parseRoute } from "./lib/routes";

// By vite.worker.config.ts: addresses, and a name for all of them.
declare const ASSETS: readonly string[];
declare const RELEASE: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const PREFIX = "sprintwall-";
const CACHE = PREFIX + RELEASE;
const SHELL = "/";
const RELEASES_KEPT = 2;
/** A line that is as slow as this is no better than none. */
const PATIENCE_MS = 5_000;

worker.addEventListener("install", (event) => event.waitUntil(keepRelease()));
worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate" && parseRoute(pathname).page !== "not-found")
    event.respondWith(page(request));
  else if (pathname.startsWith("/static/client/assets/")) event.respondWith(asset(request));
});

async function keepRelease(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll([new Request(SHELL, { cache: "reload" }), ...ASSETS]);
  await worker.skipWaiting();
}

async function takeOver(): Promise<void> {
  // In the order in which they were made.
  const releases = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  await Promise.all(releases.slice(0, -RELEASES_KEPT).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** From the server; the kept shell when it, or a proxy's way to it, is away. */
async function page(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (![502, 503, 504].includes(answer.status)) return answer;
    return (await kept(SHELL)) ?? answer;
  } catch (error) {
    const shell = await kept(SHELL);
    if (!shell) throw error;
    return shell;
  }
}

/** Named by its content, so what is kept is never old. */
async function asset(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function kept(path: string): Promise<Response | undefined> {
  const cache = await caches.open(CACHE);
  return cache.match(path, { ignoreVary: true });
}
