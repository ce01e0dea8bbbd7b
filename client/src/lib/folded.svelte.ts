/** Whether the backlog column is folded away; remembered in this browser. */

const KEY = "sprintwall.backlog-folded";
const PHONE = "(max-width: 640px)";

class Folded {
  backlog = $state(initially());

  /** Fold or unfold, and remember. */
  toggle(): void {
    this.backlog = !this.backlog;
    try {
      localStorage.setItem(KEY, String(this.backlog));
    } catch {
      // Storage may be forbidden; then it holds for this page.
    }
  }
}

/** On a phone the sprint's own columns come first. */
function initially(): boolean {
  try {
    const stored = localStorage.getItem(KEY);
    if (stored !== null) return stored === "true";
  } catch {
    return false;
  }
  return window.matchMedia(PHONE).matches;
}

export const folded = new Folded();
