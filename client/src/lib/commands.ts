/** All that the palette leads to and does, from where one is. */
import * as api from "./api";
import type { BoardStore } from "./board-store.svelte";
import { boardView } from "./board-view.svelte";
import { COLUMN_NAMES, type ColumnKey, STATUSES } from "./columns";
import { DENSITIES, DENSITY_NAMES, density } from "./density.svelte";
import { dialogs } from "./dialogs.svelte";
import { ME } from "./filters";
import { beginTask } from "./keyboard";
import { leaving } from "./leaving.svelte";
import type { Command } from "./palette";
import { router } from "./router.svelte";
import { activityPath, boardPath, projectPath, projectSettingsPath } from "./routes";
import { session } from "./session.svelte";
import { theme, THEME_NAMES, THEMES } from "./theme.svelte";
import type { Card, Project, Sprint } from "./types";

/** What there is without asking the server. */
export function commandsOf(store: BoardStore | null): Command[] {
  return [
    ...(store?.state ? boardCommands(store) : []),
    ...session.projects.flatMap(projectCommands),
    ...ownCommands(),
    ...(store?.state ? [...people(store), ...tasks(store)] : []),
  ];
}

/** The sprints of all one's projects; raises what `request` raises. */
export async function sprintCommands(): Promise<Command[]> {
  const lists = await Promise.all(session.projects.map(({ id }) => api.sprints(id)));
  return lists.flat().map((sprint) => sprintCommand(sprint));
}

/** Tasks of any project that the server finds; raises what `request` raises. */
export async function foundTasks(query: string, signal: AbortSignal): Promise<Command[]> {
  return (await api.searchTasks(query, signal)).map(taskCommand);
}

function boardCommands(store: BoardStore): Command[] {
  const columns: ColumnKey[] = store.canWrite ? [...STATUSES, "backlog"] : [];
  return [
    ...columns.map((column) =>
      action(`new-${column}`, `New task in ${COLUMN_NAMES[column]}`, () =>
        beginTask(document.body, column),
      ),
    ),
    action("filter", "Filter the board", () => press('[type="search"]', "focus")),
    action("mine", "Show my tasks only", () => boardView.change({ who: ME })),
    action("all", "Show all tasks, without a filter", () => boardView.clear()),
    action("fold-backlog", "Fold or unfold the backlog", () =>
      press('[data-fold="backlog"]', "click"),
    ),
  ];
}

function ownCommands(): Command[] {
  return [
    action("keys", "Keyboard shortcuts", () => dialogs.show("keys"), "help"),
    action("settings", "Settings", () => dialogs.show("settings"), "announcements preferences"),
    ...THEMES.map((value) =>
      action(`theme-${value}`, `Theme: ${THEME_NAMES[value]}`, () => theme.choose(value)),
    ),
    ...DENSITIES.map((value) =>
      action(`density-${value}`, `Density: ${DENSITY_NAMES[value]}`, () => density.choose(value)),
    ),
    action("projects", "All projects", () => router.go("/projects")),
    action("account", "Your account", () => router.go("/account"), "password email tokens"),
    action("sign-out", "Sign out", () => leaving.leave(), "leave log out"),
  ];
}

function projectCommands({ id, key, name }: Project): Command[] {
  const settings = `Settings and members of ${name}`;
  return [
    {
      id: `project-${id}`,
      kind: "Project",
      title: `Sprints of ${name}`,
      keywords: key,
      run: () => router.go(projectPath(id)),
    },
    action(`activity-${id}`, `Activity in ${name}`, () => router.go(activityPath(id)), key),
    action(`project-settings-${id}`, settings, () => router.go(projectSettingsPath(id)), key),
  ];
}

function people(store: BoardStore): Command[] {
  return store.members.map(({ user, full_name }) => ({
    id: `person-${user}`,
    kind: "Person",
    title: full_name || user,
    keywords: user,
    run: () => boardView.change({ who: user }),
  }));
}

function tasks(store: BoardStore): Command[] {
  return [...store.state!.tasks.values()].map((card) => ({
    ...taskCommand(card),
    run: () => router.go(boardPath(store.sprintId, card.id)),
  }));
}

function taskCommand(task: Card): Command {
  const path = task.sprint === null ? projectPath(task.project) : boardPath(task.sprint, task.id);
  return {
    id: `task-${task.id}`,
    kind: task.key,
    title: task.name,
    keywords: `${task.key} ${task.number}`,
    run: () => router.go(path),
  };
}

function sprintCommand({ id, title }: Sprint): Command {
  return { id: `sprint-${id}`, kind: "Sprint", title, run: () => router.go(boardPath(id)) };
}

function action(id: string, title: string, run: () => unknown, keywords?: string): Command {
  return { id, kind: "Action", title, keywords, run };
}

/** Do what a part of the page does by itself. */
function press(selector: string, what: "click" | "focus"): void {
  document.querySelector<HTMLElement>(selector)?.[what]();
}
