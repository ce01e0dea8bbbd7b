/**
 * All that a card shows besides the task's own fields.
 *
 * Read as one value, which follows this card's task and marks and nothing of other cards: a change
 * of one card must cost nothing for the thousands beside it.
 */
import type { BoardStore } from "./board-store.svelte";
import { dueLabel } from "./dates";
import type { Marks } from "./marks.svelte";
import { avatarStyle, hueStyle, initials } from "./people-colours";
import { boardPath } from "./routes";
import type { Card, Label } from "./types";

/** What is done with tasks in this window: one has a panel, one shows its menu, one is carried. */
export interface Opened {
  panel: Marks<true>;
  menu: Marks<true>;
  /** Carried by keys. */
  hand: Marks<true>;
}

/** A small picture with a number beside it, and the words that make sense of both. */
export interface FaceMark {
  glyph: "comments" | "checklist" | "attachments" | "text";
  text: string;
  words: string;
  isDone?: boolean;
}

// The same for all that have none: most cards.
const NO_LABELS: readonly Label[] = [];
const NO_MARKS: readonly FaceMark[] = [];

export function faceOf(card: Card, store: BoardStore, opened: Opened) {
  const { id, assigned, due } = card;
  const held = store.holds.others.get(id);
  const glow = store.glowing.get(id);
  const person = held?.actor ?? glow;
  // The server must know a task before more can be done with it.
  const isKnown = id > 0;
  return {
    path: isKnown && !store.isGuest ? boardPath(store.sprintId, id) : undefined,
    canChange: isKnown && store.canWrite,
    isOpen: opened.panel.get(id),
    isMenuOpen: opened.menu.get(id),
    isCarried: opened.hand.get(id),
    held: held && { ...held, name: store.nameOf(held.actor), picture: store.pictureOf(held.actor) },
    glow,
    isUnseen: store.unseen.get(id),
    personStyle: person && hueStyle(person),
    labels: labelsOf(card, store),
    marks: marksOf(card),
    due: due === null ? null : dueLabel(due, store.today, card.status === 4),
    assignee: assigned === null ? null : assigneeOf(assigned, store),
  };
}

function assigneeOf(username: string, store: BoardStore) {
  const name = store.nameOf(username);
  const picture = store.pictureOf(username);
  return {
    name,
    initials: initials(name, username),
    isPictured: picture !== null,
    style: avatarStyle(username, picture),
  };
}

/** In the order in which they were made; labels that have gone are not shown. */
function labelsOf({ labels }: Card, store: BoardStore): readonly Label[] {
  if (labels.length === 0) return NO_LABELS;
  return labels.flatMap((id) => store.labels.get(id) ?? []);
}

function marksOf(card: Card): readonly FaceMark[] {
  const { comment_count, checklist_count, checklist_done_count, attachment_count } = card;
  if (!comment_count && !checklist_count && !attachment_count && !card.has_description)
    return NO_MARKS;
  const marks: FaceMark[] = [];
  if (checklist_count)
    marks.push({
      glyph: "checklist",
      text: `${checklist_done_count}/${checklist_count}`,
      words: "of the checklist done",
      isDone: checklist_done_count === checklist_count,
    });
  if (comment_count) marks.push(counted("comments", comment_count, "comment"));
  if (attachment_count) marks.push(counted("attachments", attachment_count, "attachment"));
  if (card.has_description) marks.push({ glyph: "text", text: "", words: "Has a description" });
  return marks;
}

function counted(glyph: FaceMark["glyph"], number: number, noun: string): FaceMark {
  return { glyph, text: `${number}`, words: number === 1 ? noun : `${noun}s` };
}

// @wc-include
const UNITS = ["point", "points"];

/** What the number of points stands before. */
export function unitOf(points: number | null): string {
  return UNITS[points === 1 ? 0 : 1]!;
}
