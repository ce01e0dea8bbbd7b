/** Light, dark, or as the system has it; remembered in this browser. */
import { Look } from "./preference.svelte";

export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];

export const THEME_NAMES: Record<Theme, string> = {
  system: "As the system",
  light: "Light",
  dark: "Dark",
};

/** The theme of this browser, set on the page as soon as this module is loaded. */
export const theme = new Look("theme", THEMES);
