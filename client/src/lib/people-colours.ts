/** Every person's own colour, initials and picture, the same everywhere. Pure. */

/** Hues (degrees in oklch) that stay apart from one another at the lightness of the tokens. */
const HUES = [20, 48, 85, 128, 155, 185, 215, 245, 275, 300, 330, 355];

/** The hue of a person; goes into the custom property `--person-hue`. */
export function personHue(username: string): number {
  let hash = 2166136261; // FNV-1a
  for (const character of username)
    hash = Math.imul(hash ^ character.codePointAt(0)!, 16777619) >>> 0;
  // The upper bits of FNV-1a differ more for short names than the lower ones.
  return HUES[(hash >>> 15) % HUES.length]!;
}

/** What an element with `data-person` needs as its style to take the colours of a person. */
export function hueStyle(username: string): string {
  return `--person-hue: ${personHue(username)}`;
}

/** The style of an avatar: a person's colours, and the picture of that name that covers them. */
export function avatarStyle(username: string, picture: string | null): string {
  if (!picture) return hueStyle(username);
  return `${hueStyle(username)}; --picture: url("${pictureUrl(username, picture)}")`;
}

function pictureUrl(username: string, picture: string): string {
  return `/api/users/${encodeURIComponent(username)}/avatar/?size=64&v=${encodeURIComponent(picture)}`;
}

/** One or two letters: of first and last name, else of the username. */
export function initials(fullName: string, username: string): string {
  const words = (fullName.trim() || username).split(/[\s._-]+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return letters
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toUpperCase();
}
