/** What was done to a project, its sprints, labels and people, in words. Pure. */
import { quoted } from "./quoted";
import { ROLE_PHRASES } from "./roles";
import type { FieldValue, HistoryEntry, Role } from "./types";

type Phrases = (name: string, values: readonly FieldValue[]) => string;

/** The parts of a sentence, after the name of `who`, that tell of what belongs to no task. */
export function projectPhrases(entry: HistoryEntry, who: string): string[] {
  return PHRASES[entry.model]?.(entry, who) ?? [];
}

function sprintPhrases(entry: HistoryEntry): string[] {
  const name = quoted(entry.text ?? "");
  if (entry.action === "add") return [`created the sprint ${name}`];
  if (entry.action === "remove") return [`deleted the sprint ${name}`];
  return fieldPhrases(entry, SPRINT);
}

function labelPhrases(entry: HistoryEntry): string[] {
  const name = quoted(entry.text ?? "");
  if (entry.action === "add") return [`created the label ${name}`];
  if (entry.action === "remove") return [`deleted the label ${name}`];
  return fieldPhrases(entry, LABEL);
}

function memberPhrases({ action, text, changed }: HistoryEntry, who: string): string[] {
  const [person, isSelf] = [text ?? "", text === who];
  if (action === "add") return [isSelf ? "joined the project" : `added ${person} to the project`];
  if (action === "remove")
    return [isSelf ? "left the project" : `removed ${person} from the project`];
  const role = changed.role?.[1] as Role | undefined;
  return role ? [`made ${person} ${ROLE_PHRASES[role]}`] : [];
}

function fieldPhrases({ changed, text }: HistoryEntry, telling: Record<string, Phrases>): string[] {
  const told = Object.entries(telling).filter(([field]) => field in changed);
  return told.map(([field, tell]) => tell(quoted(text ?? ""), changed[field]!));
}

const PHRASES: Partial<
  Record<HistoryEntry["model"], (entry: HistoryEntry, who: string) => string[]>
> = {
  sprint: sprintPhrases,
  label: labelPhrases,
  membership: memberPhrases,
  project: (entry) => fieldPhrases(entry, PROJECT),
};

const SPRINT: Record<string, Phrases> = {
  name: (name, [before]) =>
    before ? `renamed the sprint ${quoted(before)} to ${name}` : `named a sprint ${name}`,
  goal: (name) => `changed the goal of the sprint ${name}`,
  description: (name) => `changed the description of the sprint ${name}`,
  start: (name) => `changed when the sprint ${name} starts`,
  end: (name) => `changed when the sprint ${name} ends`,
  closed_at: (name, [, after]) =>
    after ? `closed the sprint ${name}` : `opened the sprint ${name} again`,
};

const LABEL: Record<string, Phrases> = {
  name: (name, [before]) => `renamed the label ${quoted(before ?? "")} to ${name}`,
  colour: (name) => `changed the colour of the label ${name}`,
};

const PROJECT: Record<string, Phrases> = {
  name: (name, [before]) => `renamed the project ${quoted(before ?? "")} to ${name}`,
  time_zone: (_, [, after]) => `changed the project’s time zone to ${String(after)}`,
  wip_limits: () => "changed the limits of the columns",
  archived_at: (_, [, after]) => (after ? "archived the project" : "restored the project"),
};
