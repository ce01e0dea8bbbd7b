/** Labels for people; tokens.css has a light and a dark form of each colour. Pure. */
import type { Colour, Label } from "./types";

export const COLOUR_NAMES: Readonly<Record<Colour, string>> = {
  grey: "Grey",
  red: "Red",
  orange: "Orange",
  yellow: "Yellow",
  green: "Green",
  teal: "Teal",
  blue: "Blue",
  violet: "Violet",
  pink: "Pink",
};

export const COLOURS = Object.keys(COLOUR_NAMES) as readonly Colour[];

/** What an element with the class `label` needs as its style. */
export function labelStyle(colour: Colour): string {
  return `--label: var(--label-${colour}); --label-text: var(--label-${colour}-text)`;
}

/** The labels of a project in the order of their names. */
export function labelsByName(labels: ReadonlyMap<number, Label>): Label[] {
  return [...labels.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** The colour for a new label: the one that the project's labels have least. */
export function nextColour(labels: readonly Label[]): Colour {
  const uses = (colour: Colour) => labels.filter((label) => label.colour === colour).length;
  const [first, ...others] = COLOURS.filter((colour) => colour !== "grey");
  return others.reduce((best, one) => (uses(one) < uses(best) ? one : best), first!);
}
