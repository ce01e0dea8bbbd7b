import { expect, test } from "vitest";
import {
  activityPath,
  boardPath,
  isOpen,
  keepQuery,
  parseRoute,
  projectPath,
  projectSettingsPath,
  safeNext,
  signInPath,
} from "./routes";

test.each([
  ["/", { page: "home" }],
  ["/projects/3", { page: "project", project: 3 }],
  ["/projects/3/", { page: "project", project: 3 }],
  ["/sprints/7", { page: "board", sprint: 7, task: null }],
  ["/sprints/7/tasks/12", { page: "board", sprint: 7, task: 12 }],
  ["/sprints/7?anything=1", { page: "board", sprint: 7, task: null }],
  ["/doctor", { page: "doctor", sprint: null }],
  ["/doctor?sprint=7", { page: "doctor", sprint: 7 }],
  ["/doctor?sprint=x", { page: "doctor", sprint: null }],
  ["/sign-in", { page: "sign-in", next: "/", problem: null }],
  ["/sign-in?next=%2Fsprints%2F7", { page: "sign-in", next: "/sprints/7", problem: null }],
  ["/sign-in?error=denied", { page: "sign-in", next: "/", problem: "denied" }],
  ["/sign-up", { page: "sign-up" }],
  ["/verify-email", { page: "verify-email" }],
  ["/password/reset", { page: "password-forgotten" }],
  ["/password/reset/key", { page: "password-reset" }],
  ["/join", { page: "join", problem: null }],
  ["/join?error=cancelled", { page: "join", problem: "cancelled" }],
  ["/shared", { page: "shared" }],
  ["/account", { page: "account", problem: null }],
  ["/account?error=unknown", { page: "account", problem: "unknown" }],
  ["/projects", { page: "projects" }],
  ["/projects/3/settings/", { page: "project-settings", project: 3 }],
  ["/projects/3/activity", { page: "activity", project: 3, day: null, sprint: null }],
  [
    "/projects/3/activity?day=2026-13-01&sprint=x",
    { page: "activity", project: 3, day: null, sprint: null },
  ],
])("%s is a page", (address, route) => {
  expect(parseRoute(address)).toEqual(route);
});

test.each([
  "/nowhere",
  "/projects/x/settings",
  "/projects/x",
  "/projects/0",
  "/projects/99999999999999999999",
  "/sprints/7/tasks",
  "/sprints/7/tasks/12/more",
  "/sprints/-7",
  "/admin/",
])("%s is not found", (address) => {
  expect(parseRoute(address)).toEqual({ page: "not-found" });
});

test("paths are read back as what they were made from", () => {
  expect(parseRoute(projectPath(3))).toEqual({ page: "project", project: 3 });
  expect(parseRoute(projectSettingsPath(3))).toEqual({ page: "project-settings", project: 3 });
  const activity = { page: "activity", project: 3, day: "2026-11-20", sprint: 7 };
  expect(parseRoute(activityPath(3, "2026-11-20", 7))).toEqual(activity);
  expect(activityPath(3)).toBe("/projects/3/activity");
  expect(parseRoute(boardPath(7))).toEqual({ page: "board", sprint: 7, task: null });
  expect(parseRoute(boardPath(7, 12))).toEqual({ page: "board", sprint: 7, task: 12 });
});

test("signing in comes back to where one wanted to go", () => {
  expect(signInPath("/")).toBe("/sign-in");
  expect(parseRoute(signInPath("/sprints/7/tasks/12"))).toMatchObject({
    next: "/sprints/7/tasks/12",
  });
});

test.each(["https://evil.example/", "//evil.example", "/\\evil.example", "/sign-in", "", null])(
  "signing in never goes to %s",
  (next) => {
    expect(safeNext(next)).toBe("/");
  },
);

test.each([
  ["/join", true],
  ["/shared", true],
  ["/password/reset", true],
  ["/account", false],
  ["/sign-in", false],
  ["/", false],
])("%s is open to everybody: %s", (address, expected) => {
  expect(isOpen(parseRoute(address))).toBe(expected);
});

test("what is shown of a board stays while its tasks are opened and closed", () => {
  expect(keepQuery("/sprints/7?who=me", "/sprints/7/tasks/12")).toBe("/sprints/7/tasks/12?who=me");
  expect(keepQuery("/sprints/7/tasks/12?who=me", "/sprints/7")).toBe("/sprints/7?who=me");
  expect(keepQuery("/sprints/7?who=me", "/sprints/7?q=a")).toBe("/sprints/7?q=a");
  expect(keepQuery("/sprints/7?who=me", "/sprints/8")).toBe("/sprints/8");
  expect(keepQuery("/sprints/7", "/sprints/7/tasks/12")).toBe("/sprints/7/tasks/12");
});
