import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COLOURS, nextColour } from "./labels";
import type { Colour, Label } from "./types";

const tokens = readFileSync("src/styles/tokens.css", "utf8");
const OKLCH = String.raw`oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)`;

/** The light and the dark form of a token, each as lightness (0 to 1), chroma and hue. */
function forms(token: string): [number[], number[]] {
  const found = new RegExp(`--${token}: light-dark\\(${OKLCH}, ${OKLCH}\\);`).exec(tokens);
  if (!found) throw new Error(`There is no token --${token}.`);
  const [l1, c1, h1, l2, c2, h2] = found.slice(1).map(Number);
  return [
    [l1! / 100, c1!, h1!],
    [l2! / 100, c2!, h2!],
  ];
}

/** Linear red, green and blue; https://bottosson.github.io/posts/oklab/. */
function linear([lightness, chroma, hue]: number[]): number[] {
  const a = chroma! * Math.cos((hue! * Math.PI) / 180);
  const b = chroma! * Math.sin((hue! * Math.PI) / 180);
  const l = (lightness! + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness! - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness! - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio. */
function contrast(one: number[], other: number[]): number {
  const [darker, lighter] = [one, other]
    .map((colour) => {
      const [red, green, blue] = linear(colour);
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    })
    .sort((a, b) => a - b);
  return (lighter! + 0.05) / (darker! + 0.05);
}

test.each(COLOURS)(
  "a %s label can be read in light and dark, on a screen that is plain",
  (name) => {
    const grounds = forms(`label-${name}`);
    const words = forms(`label-${name}-text`);
    for (const theme of [0, 1] as const) {
      expect(contrast(grounds[theme], words[theme])).toBeGreaterThan(4.5);
      for (const part of [...linear(grounds[theme]), ...linear(words[theme])]) {
        expect(part).toBeGreaterThanOrEqual(-0.001);
        expect(part).toBeLessThanOrEqual(1.001);
      }
    }
  },
);

test("a new label gets a colour that few have", () => {
  const label = (id: number, colour: Colour): Label => ({
    id,
    project: 1,
    name: `L${id}`,
    colour,
    version: 1,
  });
  expect(nextColour([])).toBe("red");
  expect(nextColour([label(1, "red"), label(2, "orange"), label(3, "grey")])).toBe("yellow");
});
