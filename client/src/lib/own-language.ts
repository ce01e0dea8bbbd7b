/** The language of this page, and choosing another. */
import { chosenIn, cookieFor, type Language, localeFor } from "./language";

const hasPage = typeof document !== "undefined";

/** For dates and numbers. */
export const locale = hasPage
  ? localeFor(document.documentElement.lang, navigator.languages)
  : "en";

/** The language that was chosen in this browser; null follows what the browser asks for. */
export function chosenLanguage(): Language | null {
  return chosenIn(document.cookie);
}

/** Speak another language from now on: the page is loaded anew in it. */
export function chooseLanguage(choice: Language | null): void {
  document.cookie = cookieFor(choice);
  window.location.reload();
}
