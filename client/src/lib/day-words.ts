/** Days and hours of a project as people read them, in the page's language. Pure. */
import { addDays } from "./dates";
import { locale } from "./own-language";
import type { IsoDate } from "./types";

const DAY = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone: "UTC" });

/** A day with its weekday; the last two are called by what they are: "Today, Friday, ...". */
export function dayWords(day: IsoDate, today: IsoDate): string {
  const date = DAY.format(new Date(Date.parse(day)));
  if (day === today) return `Today, ${date}`;
  return day === addDays(today, -1) ? `Yesterday, ${date}` : date;
}

/** How moments (ISO text) of a day are told in a time zone. */
export interface Clock {
  /** "10 AM" */
  hour: (at: string) => string;
  /** "10:14 AM" */
  time: (at: string) => string;
}

/** The clock on the wall where a project is (an IANA name). */
export function clockIn(timeZone: string): Clock {
  const hour = new Intl.DateTimeFormat(locale, { hour: "numeric", timeZone });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "short", timeZone });
  return {
    hour: (at) => hour.format(new Date(at)),
    time: (at) => time.format(new Date(at)),
  };
}
