/** Proposes a project's key from its name. Pure. */

const LONGEST = 4;

/** Initials of several words, else the first letters of one: "Web shop" is WS, "Website" WEB. */
export function proposedKey(name: string): string {
  const words = name
    .normalize("NFD")
    .toUpperCase()
    .split(/[^A-Z0-9\u0300-\u036f]+/)
    .map((word) => word.replaceAll(/[^A-Z0-9]/g, "").replace(/^\d+/, ""))
    .filter(Boolean);
  const letters = words.map((word) => word[0]).join("");
  return words.length > 1 ? letters.slice(0, LONGEST) : (words[0] ?? "").slice(0, LONGEST - 1);
}
