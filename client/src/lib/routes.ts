/** Addresses of the client and what they show. Pure. */
import type { IsoDate } from "./types";

export type Route =
  | { page: "home" }
  | { page: "sign-in"; next: string; problem: string | null }
  | { page: "sign-up" }
  | { page: "verify-email" }
  | { page: "password-forgotten" }
  | { page: "password-reset" }
  | { page: "join"; problem: string | null }
  | { page: "shared" }
  | { page: "account"; problem: string | null }
  | { page: "projects" }
  | { page: "project"; project: number }
  | { page: "project-settings"; project: number }
  | { page: "activity"; project: number; day: IsoDate | null; sprint: number | null }
  | { page: "board"; sprint: number; task: number | null }
  | { page: "doctor"; sprint: number | null }
  | { page: "not-found" };

const PATTERNS: readonly [RegExp, (ids: number[], query: URLSearchParams) => Route][] = [
  [/^\/$/, () => ({ page: "home" })],
  [
    /^\/sign-in\/?$/,
    (_, query) => ({
      page: "sign-in",
      next: safeNext(query.get("next")),
      problem: query.get("error"),
    }),
  ],
  [/^\/sign-up\/?$/, () => ({ page: "sign-up" })],
  [/^\/verify-email\/?$/, () => ({ page: "verify-email" })],
  [/^\/password\/reset\/?$/, () => ({ page: "password-forgotten" })],
  [/^\/password\/reset\/key\/?$/, () => ({ page: "password-reset" })],
  [/^\/join\/?$/, (_, query) => ({ page: "join", problem: query.get("error") })],
  [/^\/shared\/?$/, () => ({ page: "shared" })],
  [/^\/account\/?$/, (_, query) => ({ page: "account", problem: query.get("error") })],
  [/^\/projects\/?$/, () => ({ page: "projects" })],
  [/^\/doctor\/?$/, (_, query) => ({ page: "doctor", sprint: idIn(query.get("sprint")) })],
  [/^\/projects\/(\d+)\/?$/, ([project]) => ({ page: "project", project: project! })],
  [
    /^\/projects\/(\d+)\/settings\/?$/,
    ([project]) => ({ page: "project-settings", project: project! }),
  ],
  [
    /^\/projects\/(\d+)\/activity\/?$/,
    ([project], query) => ({
      page: "activity",
      project: project!,
      day: dayIn(query.get("day")),
      sprint: idIn(query.get("sprint")),
    }),
  ],
  [/^\/sprints\/(\d+)\/?$/, ([sprint]) => ({ page: "board", sprint: sprint!, task: null })],
  [
    /^\/sprints\/(\d+)\/tasks\/(\d+)\/?$/,
    ([sprint, task]) => ({ page: "board", sprint: sprint!, task: task! }),
  ],
];

/** Pages that show the same to whoever is signed in and whoever is not. */
const OPEN_PAGES: ReadonlySet<Route["page"]> = new Set([
  "verify-email",
  "password-forgotten",
  "password-reset",
  "join",
  "shared",
]);

/** True for pages that need nobody to be signed in. */
export function isOpen(route: Route): boolean {
  return OPEN_PAGES.has(route.page);
}

/** Read an address (path and query) as a route; anything unknown is `not-found`. */
export function parseRoute(address: string): Route {
  const [path = "/", query = ""] = address.split("?", 2);
  for (const [pattern, route] of PATTERNS) {
    const ids = pattern.exec(path)?.slice(1).map(Number);
    if (ids?.every((id) => id > 0 && Number.isSafeInteger(id)))
      return route(ids, new URLSearchParams(query));
  }
  return { page: "not-found" };
}

/** The address of a project's sprints. */
export function projectPath(project: number): string {
  return `/projects/${project}`;
}

/** Where a project's name, people and links are managed. */
export function projectSettingsPath(project: number): string {
  return `/projects/${project}/settings`;
}

/** What was done in a project: today or on a day, on all its boards or on one. */
export function activityPath(
  project: number,
  day: IsoDate | null = null,
  sprint: number | null = null,
): string {
  const query = new URLSearchParams();
  if (day !== null) query.set("day", day);
  if (sprint !== null) query.set("sprint", String(sprint));
  return `/projects/${project}/activity${query.size > 0 ? `?${query}` : ""}`;
}

/** The address of a board, or of a task beside it. */
export function boardPath(sprint: number, task: number | null = null): string {
  return task === null ? `/sprints/${sprint}` : `/sprints/${sprint}/tasks/${task}`;
}

/** `to`, with the query of `from` when both are of one board: it says what of the board is shown. */
export function keepQuery(from: string, to: string): string {
  const [here, there] = [parseRoute(from), parseRoute(to)];
  if (here.page !== "board" || there.page !== "board" || here.sprint !== there.sprint) return to;
  const query = from.split("?", 2)[1];
  return query && !to.includes("?") ? `${to}?${query}` : to;
}

/** The page that says why live updates of a sprint do not come. */
export function doctorPath(sprint: number): string {
  return `/doctor?sprint=${sprint}`;
}

/** The sign-in page that comes back to `address` afterwards. */
export function signInPath(address: string): string {
  return address === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(address)}`;
}

/** A place on this site to go to after signing in; other sites and sign-in itself become `/`. */
export function safeNext(next: string | null): string {
  if (!next || !next.startsWith("/") || /^\/[/\\]/.test(next)) return "/";
  return next.startsWith("/sign-in") ? "/" : next;
}

function dayIn(text: string | null): IsoDate | null {
  return text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && Date.parse(text) ? text : null;
}

function idIn(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : null;
}
