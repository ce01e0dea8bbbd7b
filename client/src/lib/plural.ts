/** Numbers in sentences, in the page's language. Pure. */
import { locale } from "./own-language";

const RULES = new Intl.PluralRules(locale);
const NUMBER = new Intl.NumberFormat(locale);

/**
 * The form that fits a number, with the number in place of `#`: `plural(2, ["# day", "# days"])`.
 *
 * The forms must stand in the call: that is how scripts/messages.js finds them.
 */
export function plural(number: number, [one, other]: readonly [string, string]): string {
  const form = RULES.select(number) === "one" ? one : other;
  return form.replace("#", NUMBER.format(number));
}
