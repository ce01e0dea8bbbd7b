/** A connection's whole surroundings for tests: clock, wires, server and board. */
import { BoardSocket, type Owner, type Surroundings, type Wire } from "./socket";
import type { BoardEvent, Position } from "./types";

export const ADDRESS = "ws://localhost:8080/socket/sprint.7?channel=first";

/** A clock that stands still until it is advanced, and runs what became due in order. */
export class FakeTime {
  now = 0;
  #due: { at: number; run: () => void }[] = [];

  after = (ms: number, run: () => void) => {
    const entry = { at: this.now + ms, run };
    this.#due.push(entry);
    return () => (this.#due = this.#due.filter((other) => other !== entry));
  };

  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      await settle();
      const next = this.#due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#due = this.#due.filter((other) => other !== next);
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }
}

class FakeWire implements Wire {
  onopen: Wire["onopen"] = null;
  onmessage: Wire["onmessage"] = null;
  onclose: Wire["onclose"] = null;
  sent: Record<string, unknown>[] = [];
  isClosed = false;

  constructor(
    readonly address: string,
    readonly subprotocol: string,
  ) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.isClosed = true;
  }

  say(...messages: object[]): void {
    this.onmessage?.({ data: messages.map((message) => JSON.stringify(message)).join("\n") });
  }
}

/** Starts connected to nothing, at seq 10 of sprint 7. `log` notes what the board was told. */
export class Stage implements Surroundings, Owner {
  time = new FakeTime();
  wires: FakeWire[] = [];
  log: string[] = [];
  received: number[] = [];
  chance = 0.5;
  online = true;
  tickets: (string | number)[] = [];
  reloads: (Position | number)[] = [];
  socket: BoardSocket;

  constructor(address: string | null = ADDRESS) {
    const positions = new Map([["sprint.7", { epoch: "a", seq: 10 }]]);
    this.socket = new BoardSocket(this, this, positions, address);
  }

  get wire(): FakeWire {
    return this.wires.at(-1)!;
  }

  open = (address: string, subprotocol: string) => {
    this.wires.push(new FakeWire(address, subprotocol));
    return this.wire;
  };
  now = () => this.time.now;
  after = (ms: number, run: () => void) => this.time.after(ms, run);
  random = () => this.chance;
  isOnline = () => this.online;

  newTicket = () => answer(this.tickets.shift() ?? ADDRESS.replace("first", "next"));
  reload = async () => {
    this.log.push("reload");
    const position = await answer(this.reloads.shift() ?? { epoch: "a", seq: 20 });
    return new Map([["sprint.7", position]]);
  };
  receive = (events: BoardEvent[]) => this.received.push(...events.map(({ seq }) => seq));
  hold = (hold: { action: string; id: number; actor: string }) =>
    void this.log.push(`${hold.action} ${hold.id} ${hold.actor}`);
  look = ({ action, id, actor }: { action: string; id: number; actor: string }) =>
    void this.log.push(`${action} ${id} ${actor}`);
  welcome = () => void this.log.push("welcome");
  presence = () => void this.log.push("presence");
  stateChanged = (state: string) => void this.log.push(state);
  forbidden = () => void this.log.push("forbidden");

  /** Start, open the wire and be welcomed with the channel's top at `seq`. */
  async join(seq = 10): Promise<void> {
    this.socket.start();
    await settle();
    await this.accept(seq);
  }

  async accept(seq: number): Promise<void> {
    this.wire.onopen?.();
    this.wire.say(welcome(seq));
    await settle();
  }
}

/** Let everything that is due now happen. */
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function answer<T>(value: T | number): Promise<T> {
  if (typeof value === "number")
    return Promise.reject(Object.assign(new Error("refused"), { status: value }));
  return Promise.resolve(value);
}

function welcome(seq: number, epoch = "a") {
  return { action: "welcome", channels: { "sprint.7": { epoch, seq } }, here: [], locks: [] };
}
