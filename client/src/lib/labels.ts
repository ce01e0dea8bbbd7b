/** The colours that labels can have; tokens.css has a light and a dark form of each. */
import type { Colour } from "./types";

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
