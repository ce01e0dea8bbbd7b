/** What a User-Agent header says about who sent it, as far as people care. Pure. */

// In this order: most browsers also name those that they descend from.
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\//, "Firefox"],
  [/\b(?:Headless)?Chrome\//, "Chrome"],
  [/\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** "Firefox on Linux"; the first word of what is no browser known here. */
export function browserName(userAgent: string): string {
  const named = (from: typeof BROWSERS) => from.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = named(BROWSERS) ?? (userAgent.split(/[\s/]/)[0] || "Unknown browser");
  const system = named(SYSTEMS);
  return system ? `${browser} on ${system}` : browser;
}
