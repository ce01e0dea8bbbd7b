/** Addresses of the client and what they show. Pure. */

export type Route =
  | { page: "home" }
  | { page: "sign-in"; next: string }
  | { page: "project"; project: number }
  | { page: "board"; sprint: number; task: number | null }
  | { page: "not-found" };

/** Read an address (path and query) as a route; anything unknown is `not-found`. */
export function parseRoute(address: string): Route {
  const [path = "/", query = ""] = address.split("?", 2);
  const parts = path.split("/").filter(Boolean);
  if (parts.length === 0) return { page: "home" };
  if (parts.length === 1 && parts[0] === "sign-in")
    return { page: "sign-in", next: safeNext(new URLSearchParams(query).get("next")) };
  if (parts.length === 2 && parts[0] === "projects") return withId(parts[1]!, projectRoute);
  if (parts[0] === "sprints" && parts.length === 2) return withId(parts[1]!, boardRoute);
  if (parts[0] === "sprints" && parts[2] === "tasks" && parts.length === 4)
    return withId(parts[1]!, (sprint) =>
      withId(parts[3]!, (task) => ({ page: "board", sprint, task })),
    );
  return { page: "not-found" };
}

/** The address of a project's sprints. */
export function projectPath(project: number): string {
  return `/projects/${project}`;
}

/** The address of a board, or of a task beside it. */
export function boardPath(sprint: number, task: number | null = null): string {
  return task === null ? `/sprints/${sprint}` : `/sprints/${sprint}/tasks/${task}`;
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

function withId(text: string, route: (id: number) => Route): Route {
  return /^[1-9]\d{0,14}$/.test(text) ? route(Number(text)) : { page: "not-found" };
}

function projectRoute(project: number): Route {
  return { page: "project", project };
}

function boardRoute(sprint: number): Route {
  return { page: "board", sprint, task: null };
}
