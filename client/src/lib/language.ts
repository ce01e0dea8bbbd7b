/** The languages that the client speaks. Each is a build of its own, which the server picks. */

/** Each by its own name. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;

export type Language = keyof typeof LANGUAGES;

/** What the server reads; it lasts a year. */
const COOKIE = "sprintwall-language";
const YEAR_SECONDS = 365 * 24 * 3_600;

/** The locale for dates and numbers of a language: as a browser has it for its region. */
export function localeFor(language: string, wanted: readonly string[]): string {
  return wanted.find((locale) => locale.split("-", 1)[0] === language) ?? language;
}

/** The language in a page's cookies that was chosen; null follows the browser. */
export function chosenIn(cookies: string): Language | null {
  const found = new RegExp(`(?:^|; )${COOKIE}=(\\w+)`).exec(cookies)?.[1];
  return found && found in LANGUAGES ? (found as Language) : null;
}

/** The cookie that chooses a language; null takes the choice back. */
export function cookieFor(choice: Language | null): string {
  const seconds = choice ? YEAR_SECONDS : 0;
  return `${COOKIE}=${choice ?? ""}; path=/; max-age=${seconds}; samesite=lax`;
}
