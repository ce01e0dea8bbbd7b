/** Moments in time as people read them. Pure. */
import { locale } from "./own-language";

const MINUTE_MS = 60_000;
const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", MINUTE_MS],
] as const;

const RELATIVE = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const DAY = new Intl.DateTimeFormat(locale, { year: "numeric", month: "short", day: "numeric" });
const EXACT = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

/** How long ago or ahead: "3 days ago", "in 2 hours", "just now". */
export function relative(moment: number | string, now: number): string {
  const distance = millisecondsOf(moment) - now;
  const found = UNITS.find(([, size]) => Math.abs(distance) >= size);
  if (!found) return distance > 0 ? "in a moment" : "just now";
  const [unit, size] = found;
  return RELATIVE.format(Math.round(distance / size), unit);
}

/** The day of a moment, here: "Nov 24, 2026". */
export function dayOf(moment: number | string): string {
  return DAY.format(new Date(millisecondsOf(moment)));
}

/** A moment to the minute, here: "Nov 24, 2026, 10:00 AM". */
export function exact(moment: number | string): string {
  return EXACT.format(new Date(millisecondsOf(moment)));
}

/** ISO text, or seconds since 1970 as django-allauth has them. */
function millisecondsOf(moment: number | string): number {
  return typeof moment === "number" ? moment * 1_000 : Date.parse(moment);
}
