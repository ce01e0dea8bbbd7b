/** A board's server in miniature, for tests: changes tasks at random and keeps both channels' logs. */
import { snapshot, task } from "./testing";
import type { BoardEvent, Position, Snapshot, Status, Task } from "./types";

const SPRINTS = [7, 8, null];

export class FakeServer {
  #tasks = new Map<number, Task>();
  #logs = new Map<string, BoardEvent[]>([
    ["sprint.7", []],
    ["sprint.8", []],
    ["project.1", []],
  ]);
  #random: () => number;
  #lastId = 0;

  constructor(seed: number) {
    this.#random = mulberry32(seed);
  }

  /** Make `count` random changes. */
  change(count: number): void {
    for (let i = 0; i < count; i++) this.#changeOnce();
  }

  /** What the board of sprint 7 answers now. */
  snapshot(): Snapshot {
    const end = (channel: string) => ({ epoch: "a", seq: this.#logs.get(channel)!.length });
    return snapshot([...this.#tasks.values()], {
      channels: { "sprint.7": end("sprint.7"), "project.1": end("project.1") },
    });
  }

  /** All events after the positions: each channel in its order, the two mixed at random. */
  interleaved(positions: ReadonlyMap<string, Position>): BoardEvent[] {
    const queues = ["sprint.7", "project.1"].map((channel) =>
      this.#logs.get(channel)!.slice(positions.get(channel)!.seq),
    );
    const mixed: BoardEvent[] = [];
    while (queues.some((queue) => queue.length > 0)) {
      const next = this.#pick(queues.filter((queue) => queue.length > 0));
      mixed.push(next.shift()!);
    }
    return mixed;
  }

  #changeOnce(): void {
    const known = [...this.#tasks.values()];
    const dice = this.#random();
    if (known.length < 3 || dice < 0.2) return this.#add();
    const old = this.#pick(known);
    if (dice < 0.3) return this.#remove(old);
    if (dice < 0.45) return this.#renumber(old);
    const move = dice < 0.8 ? this.#place() : { name: `Name ${dice}` };
    this.#write({ ...old, ...move, version: old.version + 1 }, channelOf(old.sprint));
  }

  #add(): void {
    this.#write(task(++this.#lastId, this.#place()));
  }

  #remove(old: Task): void {
    this.#tasks.delete(old.id);
    const fields = { model: "task", action: "remove", id: old.id, body: null };
    this.#log([channelOf(old.sprint)], { ...fields, version: old.version + 1 });
  }

  #renumber({ sprint, status }: Task): void {
    const column = [...this.#tasks.values()].filter(
      (other) => other.sprint === sprint && other.status === status,
    );
    const order: Record<string, number> = {};
    const versions: Record<string, number> = {};
    for (const one of column) {
      order[one.id] = Math.floor(this.#random() * 1e6);
      versions[one.id] = one.version;
      this.#tasks.set(one.id, { ...one, order: order[one.id]! });
    }
    const fields = { model: "column", action: "order", sprint, status, order, versions };
    this.#log([channelOf(sprint)], fields);
  }

  #write(now: Task, before: string | null = null): void {
    this.#tasks.set(now.id, now);
    const channels = new Set([channelOf(now.sprint), before ?? channelOf(now.sprint)]);
    const { id, version } = now;
    const action = before ? "update" : "add";
    this.#log([...channels], { model: "task", action, id, version, body: { ...now, links: {} } });
  }

  #log(channels: string[], fields: object): void {
    for (const channel of channels) {
      const log = this.#logs.get(channel)!;
      const address = {
        v: 1,
        channel,
        epoch: "a",
        seq: log.length + 1,
        actor: "ben",
        origin: null,
      };
      log.push({ ...address, ...fields } as unknown as BoardEvent);
    }
  }

  #place(): Pick<Task, "sprint" | "status" | "order"> {
    const sprint = this.#pick(SPRINTS);
    const status = (sprint === null ? 1 : 1 + Math.floor(this.#random() * 4)) as Status;
    return { sprint, status, order: Math.floor(this.#random() * 1e6) };
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)]!;
  }
}

function channelOf(sprint: number | null): string {
  return sprint === null ? "project.1" : `sprint.${sprint}`;
}

/** A small generator that gives the same numbers for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
