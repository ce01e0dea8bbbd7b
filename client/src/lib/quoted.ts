/** What people wrote, within a sentence. Pure. */

const LENGTH = 80;

/** A text in quotes on one line, cut where it is long. */
export function quoted(value: unknown): string {
  const text = String(value).replace(/\s+/g, " ").trim();
  const letters = [...text];
  return letters.length > LENGTH ? `“${letters.slice(0, LENGTH - 1).join("")}…”` : `“${text}”`;
}
