/** Light, dark, or as the system has it; remembered in this browser. */

export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];

const KEY = "sprintwall.theme";

export class ThemeChoice {
  current: Theme = $state("system");
  #storage: Pick<Storage, "getItem" | "setItem">;
  #root: HTMLElement;

  constructor(storage: Pick<Storage, "getItem" | "setItem">, root: HTMLElement) {
    this.#storage = storage;
    this.#root = root;
    this.#show(THEMES.find((theme) => theme === this.#stored()) ?? "system");
  }

  /** Switch and remember. */
  choose(theme: Theme): void {
    this.#show(theme);
    try {
      this.#storage.setItem(KEY, theme);
    } catch {
      // Storage may be forbidden; then the choice holds for this page.
    }
  }

  #stored(): string | null {
    try {
      return this.#storage.getItem(KEY);
    } catch {
      return null;
    }
  }

  #show(theme: Theme): void {
    this.current = theme;
    if (theme === "system") delete this.#root.dataset.theme;
    else this.#root.dataset.theme = theme;
  }
}
