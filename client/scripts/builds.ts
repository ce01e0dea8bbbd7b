/** What the builds of the client and of its service worker have in common. */

export const BASE = "/static/client/";
export const OUTPUT = "../static/client";

// Browsers that know light-dark() and oklch(): the tokens need no second set for the dark theme.
export const browsers = ["chrome123", "edge123", "firefox120", "safari17.5"];

/** Vite's mode names the language; without one it is that of the sources. */
export function languageOf(mode: string): string {
  return ["production", "development", "test"].includes(mode) ? "en" : mode;
}

/** The file that names what a build has made. */
export function manifestOf(language: string): string {
  return language === "en" ? "manifest.json" : `manifest.${language}.json`;
}
