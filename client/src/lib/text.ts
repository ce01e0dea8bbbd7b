/** What scripts/messages.js puts in the place of texts with gaps. Pure. */

/** A word, the number of what goes into a gap, or a tag: the number of an element and what is in it. */
type Part = string | number | [number, ...Part[]];
type Text = string | Part[];

/** A text with its gaps filled. */
export function say(text: Text, gaps: readonly unknown[] = []): string {
  return say.x(say.c(text), gaps, 0);
}

/** A text as parts, for wuchale's own component, which draws those with elements in them. */
say.c = (text: Text): Part[] => (typeof text === "string" ? [text] : text);

/** Parts as a string; those of an element begin with its number. */
say.x = (parts: readonly Part[], gaps: readonly unknown[] = [], start = 1): string =>
  parts
    .slice(start)
    .map((part) => (typeof part === "number" ? String(gaps[part]) : String(part)))
    .join("");

/** The forms of a plural. */
say.p = (forms: readonly string[]): readonly string[] => forms;
