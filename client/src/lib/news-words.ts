/** What others have done since one's last visit, in words. Pure. */
import { count } from "./dates";
import { actorName, changeWords, type Names } from "./history-words";
import { exact } from "./moments";
import type { BoardNews } from "./news-api";
import { locale } from "./own-language";
import type { HistoryChange, HistoryEntry, ToldTask } from "./types";

const DAY_MS = 86_400_000;
/** The server counts no further. */
const MOST_COUNTED = 500;
const MOST_LINES = 50;

const LIST = new Intl.ListFormat(locale, { type: "conjunction" });
const TIME = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });

type People = Pick<Names, "nameOf">;

/** "Since yesterday 17:40: Ben mentioned you in WEB-3. Ana made 4 changes, Ben 2." */
export function newsSummary(news: BoardNews, people: People, now: number): string {
  const sentences = [...mentionSentences(news.changes, people), countSentence(news, people)];
  const told = sentences.join(" ");
  return news.seen_at === null ? told : `${sinceWords(news.seen_at, now)} ${told}`;
}

function sinceWords(seenAt: string, now: number): string {
  const seen = new Date(seenAt);
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (seen.getTime() >= midnight) return `Since ${TIME.format(seen)}:`;
  if (seen.getTime() >= midnight - DAY_MS) return `Since yesterday ${TIME.format(seen)}:`;
  return `Since ${exact(seenAt)}:`;
}

function mentionSentences(changes: readonly HistoryChange[], people: People): string[] {
  const mentions = changes.filter((change) => change.mentions_me);
  return [...grouped(mentions, ({ actor }) => actor)].map(([actor, some]) => {
    const keys = some.flatMap(({ entries }) => entries.flatMap(({ task }) => task?.key ?? []));
    return `${actorName(actor, people)} mentioned you in ${LIST.format(new Set(keys))}.`;
  });
}

function countSentence({ count: number, changes }: BoardNews, people: People): string {
  if (number === null) return "Anything may have changed: what was done is not known so far back.";
  const numbers = [...grouped(changes, ({ actor }) => actor)]
    .map(([actor, some]) => ({ name: actorName(actor, people), number: some.length }))
    .sort((a, b) => b.number - a.number);
  const names = LIST.format(numbers.map(({ name }) => name));
  if (number >= MOST_COUNTED) return `At least ${number} changes were made, the last by ${names}.`;
  if (number > changes.length) return `${number} changes were made, the last by ${names}.`;
  const [first, ...others] = numbers;
  const rest = others.map(({ name, number }) => `, ${name} ${number}`).join("");
  return `${first!.name} made ${count(first!.number, "change")}${rest}.`;
}

/** What one change did to one task; without a task it was to something else. */
export interface NewsLine {
  id: string;
  task: ToldTask | null;
  words: string;
  /** ISO text. */
  at: string;
}

/** Newest first. */
export function newsLines(changes: readonly HistoryChange[], names: Names): NewsLine[] {
  return changes.flatMap((change) => linesOf(change, names)).slice(0, MOST_LINES);
}

function linesOf(change: HistoryChange, names: Names): NewsLine[] {
  const { change: id, at } = change;
  const parts = [...grouped(change.entries, ({ task }) => task?.id ?? null).values()];
  const lines = parts
    .map((entries) => lineOf(change, entries, names))
    .filter(({ words }) => words !== "");
  if (lines.length > 0) return lines;
  const words = `${actorName(change.actor, names)} changed the sprint or the project`;
  return [{ id, task: null, words, at }];
}

function lineOf(change: HistoryChange, entries: HistoryEntry[], names: Names): NewsLine {
  const task = entries[0]!.task ?? null;
  const words = changeWords({ ...change, entries }, names);
  return { id: `${change.change}-${task?.id}`, task, words, at: change.at };
}

function grouped<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
