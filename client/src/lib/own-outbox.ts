/** The outbox of whoever is signed in: one for the whole page, awake while the page is. */
import { Kept, browserShelf } from "./kept";
import { type Entry, Outbox, type OutboxSurroundings } from "./outbox.svelte";
import { browserSurroundings } from "./surroundings";

const surroundings: OutboxSurroundings = {
  ...browserSurroundings,
  exclusively: (work) =>
    // Browsers have locks on https and localhost only; elsewhere the mutation ids must do.
    "locks" in navigator ? navigator.locks.request("sprintwall.outbox", work) : work(),
};

let own: { username: string; outbox: Outbox; close: () => void } | null = null;

/** The outbox of a person; another person's is put to rest, its changes stay kept. */
export function outboxOf(username: string): Outbox {
  if (own?.username === username) return own.outbox;
  closeOutbox();
  const kept = new Kept<Entry>(browserShelf(), "outbox", username);
  const outbox = new Outbox(kept, surroundings);
  own = { username, outbox, close: watch(outbox, kept) };
  outbox.wake();
  return outbox;
}

/** Nobody is signed in any more; with `forget` what was not sent is forgotten. */
export function closeOutbox({ forget = false } = {}): void {
  if (!own) return;
  own.close();
  if (forget) own.outbox.clear();
  else own.outbox.stop();
  own = null;
}

/** Try again when the network comes back, and follow what other windows keep. */
function watch(outbox: Outbox, kept: Kept<Entry>): () => void {
  const online = () => outbox.wake();
  const stored = ({ key }: StorageEvent) => {
    if (key === null || kept.owns(key)) outbox.refresh();
  };
  window.addEventListener("online", online);
  window.addEventListener("storage", stored);
  return () => {
    window.removeEventListener("online", online);
    window.removeEventListener("storage", stored);
  };
}
