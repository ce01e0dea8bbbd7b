/**
 * Reads JSON lines `{"snapshot": ..., "events": [...]}` from stdin and prints for each the canonical
 * state as one JSON line. The server's tests compare it with a freshly loaded snapshot's.
 */
import { createInterface } from "node:readline";
import { applyAll, canonical, fromSnapshot } from "../src/lib/board";
import type { BoardEvent, Snapshot } from "../src/lib/types";

interface Job {
  snapshot: Snapshot;
  events?: BoardEvent[];
}

for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  const job = JSON.parse(line) as Job;
  const state = applyAll(fromSnapshot(job.snapshot), job.events ?? []);
  process.stdout.write(`${JSON.stringify(canonical(state))}\n`);
}
