/**
 * Secrets that links carry behind their #.
 *
 * They are taken out of the address bar at once, so that no screenshot, history or bookmark keeps
 * them, and stay in this tab until used: a reload, or a way round by another site, needs them again.
 */

/** The secret of the page that we are on, from the address or, failing that, from this tab. */
export function takeSecret(kind: string): string | null {
  const fresh = decoded(window.location.hash.slice(1));
  if (!fresh) return stored(kind);
  history.replaceState(history.state, "", window.location.pathname + window.location.search);
  try {
    sessionStorage.setItem(keyOf(kind), fresh);
  } catch {
    // Storage may be forbidden; then it holds until the page is left.
  }
  return fresh;
}

/** It was used, or counts no more. */
export function forgetSecret(kind: string): void {
  try {
    sessionStorage.removeItem(keyOf(kind));
  } catch {
    // As above: then nothing was kept either.
  }
}

/** Some programs for mail write a colon as %3A. */
function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

function stored(kind: string): string | null {
  try {
    return sessionStorage.getItem(keyOf(kind));
  } catch {
    return null;
  }
}

function keyOf(kind: string): string {
  return `sprintwall.secret.${kind}`;
}
