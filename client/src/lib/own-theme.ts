/** The theme of this browser, set on the page as soon as this module is loaded. */
import { ThemeChoice } from "./theme.svelte";

export const theme = new ThemeChoice(window.localStorage, document.documentElement);
