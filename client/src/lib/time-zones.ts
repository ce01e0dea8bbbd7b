/** Names of time zones to choose from. */

/** Those that the browser knows, UTC first, with `current` among them whatever it is. */
export function timeZones(current: string): string[] {
  const known = Intl.supportedValuesOf("timeZone");
  return [...new Set(["UTC", ...known, current])];
}

/** The time zone of this computer. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
