/** Light, dark, or as the system has it; remembered in this browser. */
import { RootChoice } from "./root-choice.svelte";

export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];

export const THEME_NAMES: Record<Theme, string> = {
  system: "As the system",
  light: "Light",
  dark: "Dark",
};

export class ThemeChoice extends RootChoice<Theme> {
  constructor(storage: Pick<Storage, "getItem" | "setItem">, root: HTMLElement) {
    super("theme", THEMES, storage, root);
  }
}
