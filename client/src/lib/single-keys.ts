/** When a key by itself does something, and whether that is wanted. */
import { Preference } from "./preference.svelte";

/**
 * Whether keys without Ctrl or Alt do something by themselves (WCAG 2.1.4).
 *
 * Who dictates sends letters that were meant as words. Keys that only work on a card in focus stay.
 */
export const singleKeys = new Preference("single-keys", ["on", "off"]);

const TYPING =
  "input, textarea, select, [contenteditable], [role=dialog], [role=alertdialog], [role=menu], [role=listbox]";

/** True when a key is pressed on the page itself, by itself, and not to write something. */
export function isPlainKey(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing) return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  return !(event.target as Element).closest?.(TYPING);
}

/** The key of a shortcut of one letter or sign, null where there is none or it is switched off. */
export function singleKey(event: KeyboardEvent): string | null {
  return singleKeys.current === "on" && isPlainKey(event) && !event.repeat ? event.key : null;
}
