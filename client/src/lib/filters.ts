/** What of a board is shown, as its address says it: which cards, and in which rows. Pure. */
import { addDays } from "./dates";
import type { Card, IsoDate, Label } from "./types";

export type Due = "overdue" | "soon" | "none";
export type Lanes = "who" | "label";

/** People of a filter who are not named: whoever looks, and nobody. */
export const ME = "me";
export const NOBODY = "none";

export interface View {
  /** Words that a card must contain. */
  readonly text: string;
  /** A username, `me` or `none`; null: anybody. */
  readonly who: string | null;
  /** Ids of labels, of which a card must have one. */
  readonly labels: readonly number[];
  readonly due: Due | null;
  readonly isBlocked: boolean;
  /** What the rows of the board are; null: it has none. */
  readonly lanes: Lanes | null;
}

/** Who looks at which board when. */
export interface Reader {
  readonly username: string;
  readonly today: IsoDate;
  readonly labels: ReadonlyMap<number, Label>;
}

export const NO_FILTER = { text: "", who: null, labels: [], due: null, isBlocked: false } as const;

const SOON_DAYS = 7;

export const DUE_NAMES: Record<Due, string> = {
  overdue: "Overdue",
  soon: "Within a week",
  none: "No due date",
};

const DUES: readonly Due[] = ["overdue", "soon", "none"];
const LANES: readonly Lanes[] = ["who", "label"];

/** Read the query of an address; what is not understood filters nothing. */
export function parseView(query: string): View {
  const given = new URLSearchParams(query);
  return {
    text: given.get("q") ?? "",
    who: given.get("who") || null,
    labels: (given.get("label") ?? "").split(",").map(Number).filter(isId),
    due: DUES.find((due) => due === given.get("due")) ?? null,
    isBlocked: given.get("blocked") === "1",
    lanes: LANES.find((lanes) => lanes === given.get("lanes")) ?? null,
  };
}

/** The query that `parseView` reads as this view; empty when it shows everything. */
export function serializeView(view: View): string {
  const given: [string, string | null][] = [
    ["q", view.text],
    ["who", view.who],
    ["label", view.labels.join(",")],
    ["due", view.due],
    ["blocked", view.isBlocked ? "1" : null],
    ["lanes", view.lanes],
  ];
  const query = new URLSearchParams(given.filter((pair): pair is [string, string] => !!pair[1]));
  // Commas may stand as they are, and are easier to read.
  return query.toString().replaceAll("%2C", ",");
}

/** True when a view leaves no card out. */
export function showsAll({ text, who, labels, due, isBlocked }: View): boolean {
  return text.trim() === "" && !who && labels.length === 0 && !due && !isBlocked;
}

/** The test that cards of a view pass. Labels that are gone filter nothing. */
export function matcher(view: View, reader: Reader): (card: Card) => boolean {
  const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
  const labels = view.labels.filter((id) => reader.labels.has(id));
  const who = view.who === ME ? reader.username : view.who;
  return (card) =>
    (!view.isBlocked || card.is_blocked) &&
    (who === null || card.assigned === (who === NOBODY ? null : who)) &&
    (labels.length === 0 || labels.some((id) => card.labels.includes(id))) &&
    (view.due === null || isDue(card, view.due, reader.today)) &&
    contains(card, words);
}

/** The cards of a view; the same array when it leaves none out. */
export function filterCards(cards: readonly Card[], view: View, reader: Reader): readonly Card[] {
  return showsAll(view) ? cards : cards.filter(matcher(view, reader));
}

/** In name, key or assignee, ignoring case. */
function contains(card: Card, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = `${card.key} ${card.name} ${card.assigned ?? ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Nothing of what is done is due any more. */
function isDue({ due, status }: Card, wanted: Due, today: IsoDate): boolean {
  if (wanted === "none" || due === null) return wanted === "none" && due === null;
  if (status === 4) return false;
  return wanted === "overdue" ? due < today : due >= today && due <= addDays(today, SOON_DAYS);
}

function isId(number: number): boolean {
  return Number.isSafeInteger(number) && number > 0;
}
