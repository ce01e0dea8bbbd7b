/**
 * One live connection to a sprint's board: connects, resumes, notices what is lost, comes back.
 *
 * It promises its owner every event of the board's channels once and in order, or a `reload`.
 * Everything from outside (sockets, clock, chance, requests) is handed in, so that it runs in
 * tests without a network. Numbers are those of docs/realtime-protocol.md.
 */
import { retryDelay } from "./backoff";
import {
  hasReached,
  type Hold,
  type HoldAction,
  judge,
  type Look,
  type LookAction,
  parseFrame,
  positionOf,
  type ServerMessage,
  SUBPROTOCOL,
  ticketOf,
  type Tops,
} from "./protocol";
import type { BoardEvent, Person, Position } from "./types";

export type LiveState = "live" | "catching-up" | "offline";

/** The part of WebSocket that is used here. */
export interface Wire {
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: ((closed: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface Surroundings {
  open(address: string, subprotocol: string): Wire;
  now(): number;
  /** Runs `task` after `ms`; returns what cancels it. */
  after: (ms: number, task: () => void) => () => void;
  /** From 0 up to 1. */
  random: () => number;
  isOnline(): boolean;
}

export interface Owner {
  /** A fresh websocket address; rejects with a `status` of 403, 404 or 410 when the board is closed. */
  newTicket(): Promise<string>;
  /** Load the board anew and return its positions. Rejects when the server is away. */
  reload(): Promise<ReadonlyMap<string, Position>>;
  /** Events in the order in which they stand. */
  receive(events: BoardEvent[]): void;
  hold(hold: Hold): void;
  look(look: Look): void;
  /** Everybody and everything held, as of now; replaces what was known. */
  welcome(here: Person[], holds: Hold[]): void;
  presence(join: Person[], leave: Person[]): void;
  stateChanged(state: LiveState): void;
  /** Membership has ended: nothing more will come. */
  forbidden(): void;
}

const SILENCE_MS = 40_000;
const CONNECT_MS = 10_000;
const STABLE_MS = 30_000;
const RESYNC_SPREAD_MS = 5_000;
const TICKET_HALF_LIFE_MS = 15 * 60_000;
const TICKET_RETRY_MS = 60_000;
const CLOSED_NEW_TICKET = 4401;
const CLOSED_FORBIDDEN = 4403;

export class BoardSocket {
  state: LiveState = "catching-up";

  #owner: Owner;
  #env: Surroundings;
  #positions: Map<string, Position>;
  #address: string | null;
  #wire: Wire | null = null;
  #isWelcome = false;
  #isServerLive = true;
  #isReloading = false;
  #isStopped = false;
  #held: BoardEvent[] = [];
  #tops: Tops = {};
  #attempt = 0;
  #restartMs: number | null = null;
  #heardAt = 0;
  #timers = new Map<string, () => void>();

  /** `address` is the websocket address from a ticket, null to ask for one first. */
  constructor(
    owner: Owner,
    env: Surroundings,
    positions: ReadonlyMap<string, Position>,
    address: string | null,
  ) {
    this.#owner = owner;
    this.#env = env;
    this.#positions = new Map(positions);
    this.#address = address;
  }

  /** Connect now; afterwards it keeps itself connected until `stop`. */
  start(): void {
    if (this.#address) this.#refreshIn(TICKET_HALF_LIFE_MS);
    void this.#connect();
  }

  /** Close for good. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#drop();
  }

  /** The network came back, or the page is looked at again: do not sit out the waiting time. */
  wake(): void {
    if (this.#isStopped) return;
    if (!this.#wire) return this.#retryIn(retryDelay(0, this.#env.random));
    if (this.#env.now() - this.#heardAt > SILENCE_MS) this.#lose();
  }

  /** The browser says that the network went. That may be wrong, so it is tried at once. */
  suspect(): void {
    if (!this.#isStopped && this.#wire) this.#lose();
  }

  /** Load the board anew without waiting, then go on from there. */
  async reload(): Promise<void> {
    if (this.#isReloading || this.#isStopped) return;
    this.#isReloading = true;
    this.#timers.get("resync")?.();
    this.#update();
    this.#held = [];
    try {
      this.#positions = new Map(await this.#owner.reload());
      this.#tops = {};
      this.#isReloading = false;
      this.#takeHeld();
      if (this.#isWelcome) this.#resume();
    } catch (error) {
      this.#isReloading = false;
      if (isForbidden(error)) return this.#forbid();
      this.#scheduleReload(retryDelay(this.#attempt++, this.#env.random));
    }
    this.#update();
  }

  /** Tell the others what is in hand or open here; left out while not connected. */
  say(action: HoldAction | LookAction, taskId: number): void {
    if (this.#isWelcome) this.#send({ model: "task", id: taskId, action });
  }

  async #connect(): Promise<void> {
    if (this.#isStopped || this.#wire) return;
    if (!(await this.#hasAddress())) return;
    if (this.#isStopped || this.#wire) return;
    try {
      this.#listen(this.#env.open(this.#address!, SUBPROTOCOL));
    } catch {
      // Browsers raise for an address that the page may not open, such as ws: from https:.
      this.#closed(0);
    }
  }

  #listen(wire: Wire): void {
    this.#wire = wire;
    this.#set("silence", CONNECT_MS, () => this.#lose());
    wire.onopen = () => {
      this.#heard();
      this.#setState("catching-up");
      this.#resume();
    };
    wire.onmessage = ({ data }) => {
      if (this.#wire === wire) this.#read(String(data));
    };
    wire.onclose = ({ code }) => {
      if (this.#wire === wire) this.#closed(code);
    };
  }

  async #hasAddress(): Promise<boolean> {
    if (this.#address) return true;
    try {
      this.#address = await this.#owner.newTicket();
      this.#refreshIn(TICKET_HALF_LIFE_MS);
      return true;
    } catch (error) {
      if (isForbidden(error)) this.#forbid();
      else this.#closed(0);
      return false;
    }
  }

  #resume(): void {
    const since = Object.fromEntries(this.#positions);
    this.#send({ action: "resume", since });
  }

  #read(frame: string): void {
    this.#heard();
    const events: BoardEvent[] = [];
    for (const incoming of parseFrame(frame)) {
      if (incoming.kind === "event") {
        if (!this.#take(incoming.event, events)) break;
      } else {
        this.#deliver(events);
        if (incoming.kind === "hold") this.#owner.hold(incoming.hold);
        else if (incoming.kind === "look") this.#owner.look(incoming.look);
        else this.#obey(incoming.message);
      }
    }
    this.#deliver(events);
    this.#update();
  }

  /** Note an event; false when it proves a loss. */
  #take(event: BoardEvent, events: BoardEvent[]): boolean {
    // While the board is loaded anew, what comes may be newer than the answer: keep it for after.
    if (this.#isReloading) this.#held.push(event);
    switch (judge(this.#positions, event)) {
      case "old":
        return true;
      case "next":
        this.#positions.set(event.channel, positionOf(event));
        events.push(event);
        return true;
      case "other-history":
        this.#scheduleReload(this.#env.random() * RESYNC_SPREAD_MS);
        return false;
      case "gap":
        if (!this.#isReloading) this.#lose();
        return false;
    }
  }

  #takeHeld(): void {
    const events: BoardEvent[] = [];
    for (const event of this.#held.splice(0)) if (!this.#take(event, events)) break;
    this.#deliver(events);
  }

  #deliver(events: BoardEvent[]): void {
    if (events.length > 0) this.#owner.receive(events.splice(0));
  }

  #obey(message: ServerMessage): void {
    switch (message.action) {
      case "welcome":
        return this.#welcomed(message.channels, message.here, message.locks);
      case "resync":
        return this.#scheduleReload(this.#env.random() * RESYNC_SPREAD_MS);
      case "beat":
        if (!hasReached(this.#positions, message.tops) && !this.#isWaiting()) this.#lose();
        return;
      case "state":
        this.#isServerLive = message.live;
        return;
      case "restart":
        this.#restartMs = message.in_ms;
        return;
      case "locked":
        return this.#owner.hold({ ...message, action: "editstart" });
      case "here":
        return this.#owner.presence(message.join, message.leave);
    }
  }

  #welcomed(tops: Tops, here: Person[], holds: Hold[]): void {
    const isFirst = !this.#isWelcome;
    this.#isWelcome = true;
    this.#isServerLive = true;
    this.#tops = tops;
    this.#owner.welcome(here, holds);
    if (isFirst) this.#set("stable", STABLE_MS, () => (this.#attempt = 0));
  }

  #closed(code: number): void {
    const wasWelcome = this.#isWelcome;
    this.#drop();
    if (code === CLOSED_FORBIDDEN) return this.#forbid();
    if (code === CLOSED_NEW_TICKET) this.#address = null;
    const isAway = !wasWelcome || !this.#env.isOnline();
    this.#setState(isAway && code !== CLOSED_NEW_TICKET ? "offline" : "catching-up");
    this.#retryIn(this.#restartMs ?? retryDelay(this.#attempt++, this.#env.random));
    this.#restartMs = null;
  }

  /** Something did not arrive: a new connection resumes from what is held. */
  #lose(): void {
    this.#wire?.close();
    this.#closed(0);
  }

  #drop(): void {
    const wire = this.#wire;
    this.#wire = null;
    this.#isWelcome = false;
    this.#timers.get("stable")?.();
    this.#timers.get("silence")?.();
    wire?.close();
  }

  #forbid(): void {
    this.stop();
    this.#setState("offline");
    this.#owner.forbidden();
  }

  #retryIn(ms: number): void {
    this.#set("retry", ms, () => void this.#connect());
  }

  #scheduleReload(ms: number): void {
    if (this.#timers.has("resync") || this.#isReloading) return;
    this.#set("resync", ms, () => void this.reload());
    this.#update();
  }

  #refreshIn(ms: number): void {
    this.#set("refresh", ms, () => void this.#refresh());
  }

  async #refresh(): Promise<void> {
    try {
      this.#address = await this.#owner.newTicket();
      if (this.#isWelcome) this.#send({ action: "refresh", ticket: ticketOf(this.#address) });
      this.#refreshIn(TICKET_HALF_LIFE_MS);
    } catch (error) {
      if (isForbidden(error)) this.#forbid();
      else this.#refreshIn(TICKET_RETRY_MS);
    }
  }

  #heard(): void {
    this.#heardAt = this.#env.now();
    this.#set("silence", SILENCE_MS, () => this.#lose());
  }

  #isWaiting(): boolean {
    return this.#isReloading || this.#timers.has("resync");
  }

  #update(): void {
    if (!this.#isWelcome || this.#isStopped) return;
    const isCurrent = hasReached(this.#positions, this.#tops) && !this.#isWaiting();
    this.#setState(isCurrent && this.#isServerLive ? "live" : "catching-up");
  }

  #setState(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    this.#owner.stateChanged(state);
  }

  #send(message: object): void {
    this.#wire?.send(JSON.stringify(message));
  }

  /** Start a timer under a name, in place of an earlier one of that name. */
  #set(name: string, ms: number, task: () => void): void {
    if (this.#isStopped) return;
    this.#timers.get(name)?.();
    const cancel = this.#env.after(ms, () => {
      this.#timers.delete(name);
      task();
    });
    this.#timers.set(name, () => {
      this.#timers.delete(name);
      cancel();
    });
  }
}

function isForbidden(error: unknown): boolean {
  const status = (error as { status?: number }).status;
  return status === 403 || status === 404 || status === 410;
}
