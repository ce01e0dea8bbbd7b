/**
 * All that a card shows besides the task's own fields.
 *
 * Read as one value, which follows this card's task and marks and nothing of other cards: a change
 * of one card must cost nothing for the thousands beside it.
 */
import type { BoardStore } from "./board-store.svelte";
import { columnOf } from "./columns";
import { dueLabel } from "./dates";
import type { Marks } from "./marks.svelte";
import { hueStyle, initials } from "./people-colours";
import { boardPath } from "./routes";
import type { Card } from "./types";

/** What is opened in this window: the task with a panel, the one whose menu is shown. */
export interface Opened {
  panel: Marks<true>;
  menu: Marks<true>;
}

export function faceOf(card: Card, store: BoardStore, opened: Opened) {
  const { id, assigned, due } = card;
  const held = store.holds.others.get(id);
  const glow = store.glowing.get(id);
  const person = held?.actor ?? glow;
  // The server must know a task before more can be done with it.
  const isKnown = id > 0;
  return {
    column: columnOf(card),
    path: isKnown && !store.isGuest ? boardPath(store.sprintId, id) : undefined,
    canChange: isKnown && store.canWrite,
    isOpen: opened.panel.get(id),
    isMenuOpen: opened.menu.get(id),
    held: held && { ...held, name: store.nameOf(held.actor) },
    glow,
    personStyle: person && hueStyle(person),
    due: due === null ? null : dueLabel(due, store.today, card.status === 4),
    assignee: assigned === null ? null : assigneeOf(assigned, store),
  };
}

function assigneeOf(username: string, store: BoardStore) {
  const name = store.nameOf(username);
  return { name, initials: initials(name, username), style: hueStyle(username) };
}
