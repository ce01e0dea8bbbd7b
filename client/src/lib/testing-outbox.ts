/** An outbox for tests: kept in memory, its waiting times passed by hand. */
import { Kept, memoryShelf, type Shelf } from "./kept";
import { type Entry, Outbox } from "./outbox.svelte";

export class OutboxStage {
  outbox: Outbox;
  kept: Kept<Entry>;
  waits: { ms: number; run: () => void }[] = [];

  /** Two on one shelf are two windows, or one window before and after a reload. */
  constructor(shelf: Shelf = memoryShelf()) {
    this.kept = new Kept<Entry>(shelf, "outbox", "ana");
    this.outbox = new Outbox(this.kept, {
      now: () => 1000,
      random: () => 0.5,
      after: (ms, run) => this.#wait(ms, run),
      exclusively: (work) => work(),
    });
  }

  /** Let the waiting time pass, and everything that follows from it. */
  async pass(): Promise<void> {
    for (const { run } of this.waits.splice(0)) run();
    await settled();
  }

  #wait(ms: number, run: () => void): () => void {
    const wait = { ms, run };
    this.waits.push(wait);
    return () => (this.waits = this.waits.filter((other) => other !== wait));
  }
}

/** Let all that is due happen; reading an answer takes a few turns of the loop. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
