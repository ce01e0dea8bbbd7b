/** The page's announcer, what its live regions say, and how much one wants to hear. */
import { ANNOUNCEMENTS, Announcer } from "./announcer";
import { Preference } from "./preference.svelte";
import { browserSurroundings } from "./surroundings";

export const announcements = new Preference("announcements", ANNOUNCEMENTS);

class Spoken {
  own = $state("");
  others = $state("");
}

/** Two regions, so that neither cuts the other's words short. */
export const spoken = new Spoken();

export const announcer = new Announcer(
  {
    own: (text) => (spoken.own = anew(spoken.own, text)),
    others: (text) => (spoken.others = anew(spoken.others, text)),
  },
  () => announcements.current,
  browserSurroundings.after,
);

/** A region that is set to the same words again stays silent. */
function anew(last: string, text: string): string {
  return last === text ? `${text}\u00a0` : text;
}
