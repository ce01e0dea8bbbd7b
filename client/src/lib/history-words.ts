/** What the history of a task says, in words: "Ana moved it from Testing to Done". Pure. */
import { columnOf, COLUMN_NAMES } from "./columns";
import { count, shortDate } from "./dates";
import { locale } from "./own-language";
import { plural } from "./plural";
import { projectPhrases } from "./project-words";
import { quoted } from "./quoted";
import type { FieldValue, HistoryChange, HistoryEntry, IsoDate, Status } from "./types";

/** How ids and usernames are called; null for what is not known here any more. */
export interface Names {
  nameOf: (username: string) => string;
  labelName: (id: number) => string | null;
  sprintName: (id: number) => string | null;
  today: IsoDate;
}

/** Undefined where the change does not tell. */
type Value = FieldValue | undefined;
type Values = Record<string, readonly Value[]>;
type Telling = (before: Value, after: Value, names: Names) => string;

const LIST = new Intl.ListFormat(locale, { type: "conjunction" });

// @wc-include
const IT = "it";

/**
 * One change as a sentence without a full stop; empty when nothing in it is worth a word.
 *
 * `it` is what the task is called: "it" in its own history, its key elsewhere.
 */
export function changeWords(change: HistoryChange, names: Names, it = IT): string {
  const who = actorName(change.actor, names);
  const phrases = change.entries.flatMap((entry) => entryPhrases(entry, who, names, it));
  return phrases.length === 0 ? "" : `${who} ${LIST.format(phrases)}`;
}

/** Who made a change, for people. */
export function actorName(username: string | null, names: Pick<Names, "nameOf">): string {
  return username === null ? "Somebody" : names.nameOf(username);
}

/** The parts of the sentence that tell of one object. */
function entryPhrases(entry: HistoryEntry, who: string, names: Names, it: string): string[] {
  switch (entry.model) {
    case "task":
      return taskPhrases(entry, names, it);
    case "comment":
      return [commentPhrase(entry, it)];
    case "checklist_item":
      return checklistPhrases(entry);
    case "attachment":
      return [attachmentPhrase(entry, it)];
    case "sprint":
    case "label":
    case "membership":
    case "project":
      return projectPhrases(entry, who);
    default:
      return [];
  }
}

function taskPhrases({ action, changed }: HistoryEntry, names: Names, it: string): string[] {
  if (action === "add") return [`added ${it}`];
  if (action === "remove") return [`deleted ${it}`];
  const told = Object.entries(TELLING).filter(([field]) => field in changed);
  const fields = told.filter(([field]) => !isFollowing(field, changed));
  const phrases = fields.map(([field, tell]) => tell(...pairOf(changed[field]), names));
  return [...placePhrases(changed, names, it), ...phrases.map((text) => text.replace("{it}", it))];
}

/** Dates that came with a move are no news of their own. */
function isFollowing(field: string, changed: Values): boolean {
  return "status" in changed && (field === "started" || field === "completed");
}

function placePhrases(changed: Values, names: Names, it: string): string[] {
  if (!("status" in changed) && !("sprint" in changed))
    return "order" in changed ? [`moved ${it} within its column`] : [];
  const [from, to] = [placeName(changed, 0), placeName(changed, 1)];
  const sprint = pairOf(changed.sprint)[1] as number | null | undefined;
  const wasInSprint = pairOf(changed.sprint)[0] ?? null;
  if (sprint && wasInSprint !== null) return [`moved ${it} to ${sprintPhrase(sprint, names)}`];
  return [from ? `moved ${it} from ${from} to ${to}` : `moved ${it} to ${to}`];
}

/** The column before (0) or after (1) a move; null when the change does not tell. */
function placeName(changed: Values, side: 0 | 1): string | null {
  const sprint = pairOf(changed.sprint)[side] as number | null | undefined;
  if (sprint === null) return COLUMN_NAMES.backlog;
  const status = pairOf(changed.status)[side] as Status | undefined;
  // Only the sprint changed: between the backlog and here tasks are Not Started.
  return COLUMN_NAMES[columnOf({ sprint: sprint ?? 0, status: status ?? 1 })];
}

function sprintPhrase(id: number, names: Names): string {
  const name = names.sprintName(id);
  return name ? `the sprint ${quoted(name)}` : "another sprint";
}

const TELLING: Record<string, Telling> = {
  name: (before, after) => `renamed {it} from ${quoted(before)} to ${quoted(after)}`,
  description: () => "changed the description",
  assigned: tellAssigned,
  points: tellPoints,
  started: (...change) => tellDate("start date", ...change),
  due: (...change) => tellDate("due date", ...change),
  completed: (...change) => tellDate("completion date", ...change),
  labels: tellLabels,
  is_blocked: (_, after) => (after ? "marked {it} as blocked" : "marked {it} as not blocked"),
};

function tellAssigned(before: Value, after: Value, { nameOf }: Names): string {
  if (before === null) return `assigned {it} to ${nameOf(String(after))}`;
  if (after === null) return `took {it} from ${nameOf(String(before))}`;
  return `handed {it} from ${nameOf(String(before))} to ${nameOf(String(after))}`;
}

function tellPoints(before: Value, after: Value): string {
  if (after === null) return "removed the points";
  const points = count(Number(after), "point");
  return before === null
    ? `estimated {it} at ${points}`
    : `changed {it} from ${Number(before)} to ${points}`;
}

function tellDate(what: string, before: Value, after: Value, { today }: Names): string {
  if (after === null) return `removed the ${what}`;
  const to = shortDate(String(after), today);
  if (before === null) return `set the ${what} to ${to}`;
  return `changed the ${what} from ${shortDate(String(before), today)} to ${to}`;
}

function tellLabels(before: Value, after: Value, names: Names): string {
  const [had, has] = [before as number[], after as number[]];
  const added = has.filter((id) => !had.includes(id));
  const removed = had.filter((id) => !has.includes(id));
  const phrases: string[] = [];
  if (added.length > 0) phrases.push(`added ${labelsPhrase(added, names)}`);
  if (removed.length > 0) phrases.push(`took off ${labelsPhrase(removed, names)}`);
  return LIST.format(phrases);
}

function labelsPhrase(ids: number[], names: Names): string {
  const known = ids.map((id) => names.labelName(id)).filter((name) => name !== null);
  if (known.length < ids.length) return count(ids.length, "label");
  return `${plural(ids.length, ["the label", "the labels"])} ${LIST.format(known)}`;
}

function commentPhrase({ action, text }: HistoryEntry, it: string): string {
  if (action === "update") return "edited a comment";
  if (action === "remove") return "deleted a comment";
  return text ? `commented ${quoted(text)}` : `commented on ${it}`;
}

function checklistPhrases({ action, changed, text }: HistoryEntry): string[] {
  const item = text ? quoted(text) : "a checklist item";
  if (action === "add") return [`added ${item} to the checklist`];
  if (action === "remove") return [`removed ${item} from the checklist`];
  const phrases: string[] = [];
  if ("is_done" in changed)
    phrases.push(changed.is_done?.[1] ? `ticked ${item}` : `unticked ${item}`);
  if ("text" in changed) phrases.push(rewordedPhrase(changed.text ?? [], item));
  if ("order" in changed) phrases.push(`moved ${item} in the checklist`);
  return phrases;
}

function rewordedPhrase([before, after]: readonly Value[], item: string): string {
  if (before === undefined) return `reworded ${item}`;
  return `changed ${quoted(before)} to ${quoted(after)} in the checklist`;
}

function attachmentPhrase({ action, text }: HistoryEntry, it: string): string {
  const file = text ? quoted(text) : "a file";
  return action === "remove" ? `removed the file ${file}` : `attached ${file} to ${it}`;
}

/** Long texts are not told: their pair is empty. */
function pairOf(values: readonly Value[] | undefined): [Value, Value] {
  return [values?.[0], values?.[1]];
}
