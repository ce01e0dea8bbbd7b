/** Days as `YYYY-MM-DD` without zones: what they mean to a reader. Pure. */
import { locale } from "./own-language";
import { plural } from "./plural";
import type { IsoDate } from "./types";

const DAY_MS = 86_400_000;

// Made once: to make one costs more than to draw a card.
const SHORT = { month: "short", day: "numeric", timeZone: "UTC" } as const;
const WITHIN_YEAR = new Intl.DateTimeFormat(locale, SHORT);
const WITH_YEAR = new Intl.DateTimeFormat(locale, { ...SHORT, year: "numeric" });

/** Today in a time zone (an IANA name), which is what the server calls today for a project. */
export function todayIn(timeZone: string, now: Date): IsoDate {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return parts.format(now);
}

/** Whole days from one day to another, negative when `to` is earlier. */
export function daysBetween(from: IsoDate, to: IsoDate): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

/** The day `days` later. */
export function addDays(day: IsoDate, days: number): IsoDate {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** A day in short, with the year only when it is not this one: "Nov 24", "Nov 24, 2025". */
export function shortDate(day: IsoDate, today: IsoDate): string {
  const format = day.slice(0, 4) === today.slice(0, 4) ? WITHIN_YEAR : WITH_YEAR;
  return format.format(new Date(Date.parse(day)));
}

export interface DueLabel {
  text: string;
  /** What may be left out where there is little room. */
  detail: string;
  tone: "plain" | "soon" | "overdue";
}

/** A due day in words: near and missed ones say so, others and those of done tasks are a date. */
export function dueLabel(due: IsoDate, today: IsoDate, isDone: boolean): DueLabel {
  const days = daysBetween(today, due);
  const date = shortDate(due, today);
  if (!isDone && days < 0)
    return { text: "Overdue", detail: plural(-days, [" by # day", " by # days"]), tone: "overdue" };
  if (!isDone && days === 0) return { text: "Due today", detail: "", tone: "soon" };
  if (!isDone && days === 1) return { text: "Due tomorrow", detail: "", tone: "soon" };
  return { text: date, detail: "", tone: "plain" };
}

/** What is left of a sprint: "4 days left", "Ends today", "Starts in 3 days", "Ended Nov 4". */
export function timeLeft(
  sprint: { start: IsoDate | null; end: IsoDate; closed_at: string | null },
  today: IsoDate,
): string {
  if (sprint.closed_at) return `Closed ${shortDate(sprint.closed_at.slice(0, 10), today)}`;
  const left = daysBetween(today, sprint.end);
  if (left < 0) return `Ended ${shortDate(sprint.end, today)}`;
  if (sprint.start && sprint.start > today)
    return plural(daysBetween(today, sprint.start), ["Starts in # day", "Starts in # days"]);
  if (left === 0) return "Ends today";
  return plural(left, ["# day left", "# days left"]);
}

/** First and last day of a sprint: "Nov 9 – Nov 24", or "until Nov 24" without a start. */
export function dateRange(sprint: { start: IsoDate | null; end: IsoDate }, today: IsoDate): string {
  const end = shortDate(sprint.end, today);
  return sprint.start ? `${shortDate(sprint.start, today)} – ${end}` : `until ${end}`;
}

const NOUNS = {
  change: (number: number) => plural(number, ["# change", "# changes"]),
  day: (number: number) => plural(number, ["# day", "# days"]),
  label: (number: number) => plural(number, ["# label", "# labels"]),
  other: (number: number) => plural(number, ["# other", "# others"]),
  point: (number: number) => plural(number, ["# point", "# points"]),
  pt: (number: number) => plural(number, ["# pt", "# pts"]),
  "recovery code": (number: number) => plural(number, ["# recovery code", "# recovery codes"]),
  task: (number: number) => plural(number, ["# task", "# tasks"]),
};

export type Noun = keyof typeof NOUNS;

/** A number with its noun: "1 day", "2 days". */
export function count(number: number, noun: Noun): string {
  return NOUNS[noun](number);
}
