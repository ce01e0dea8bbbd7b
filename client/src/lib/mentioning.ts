/** People called by "@" in a text that is being written. Pure. */
import type { Membership } from "./types";

const MOST = 6;
// Letters that usernames have; nothing but space or an opening bracket comes before the "@".
const BEGUN = /(?:^|[\s([{])@([\p{L}\p{N}_.+-]*)$/u;

export interface Begun {
  /** Where the "@" stands. */
  start: number;
  /** What was typed after it. */
  query: string;
}

/** The mention that is being typed before the caret; null when none is. */
export function begunMention(text: string, caret: number): Begun | null {
  const match = BEGUN.exec(text.slice(0, caret));
  return match && { start: caret - match[1]!.length - 1, query: match[1]! };
}

/** Members whose username or a word of whose name begins with what was typed. */
export function mentionable(members: readonly Membership[], query: string): Membership[] {
  const wanted = query.toLocaleLowerCase();
  const isMeant = ({ user, full_name, is_active }: Membership) =>
    is_active &&
    [user, ...full_name.split(/\s+/)].some((word) => word.toLocaleLowerCase().startsWith(wanted));
  return members.filter(isMeant).slice(0, MOST);
}

/** The text with the begun mention completed, and where the caret stands then. */
export function completed(
  text: string,
  caret: number,
  { start }: Begun,
  username: string,
): { text: string; caret: number } {
  const before = `${text.slice(0, start)}@${username} `;
  return { text: before + text.slice(caret).replace(/^ /, ""), caret: before.length };
}
