/**
 * One open board as reactive state: the confirmed state, what is pending, and everybody on it.
 *
 * What is shown is always `confirmed state + pending changes`; an answer or an event moves a change
 * from the second into the first, a refusal only takes it out of the second.
 */
import * as api from "./api";
import { applyAll, type BoardState, fromSnapshot, upsertTask } from "./board";
import { forgetBoard, keepBoard, keptBoard } from "./board-cache";
import { arrange, columnOf, COLUMN_NAMES, type Columns, keepEqual } from "./columns";
import { todayIn } from "./dates";
import { inStepWithFrames } from "./frames";
import { Holds } from "./holds.svelte";
import { isUnavailable } from "./http";
import { whenIdle } from "./idle";
import { Lookers } from "./lookers.svelte";
import { Marks } from "./marks.svelte";
import { byName, memberOf, nameOf } from "./members";
import type { Outbox } from "./outbox.svelte";
import { announcer } from "./own-announcer.svelte";
import type { LookAction } from "./protocol";
import { byUsername, changeHere } from "./presence";
import { BoardSocket, type LiveState, type Owner } from "./socket";
import { browserSurroundings, watchBrowser } from "./surroundings";
import type {
  BoardEvent,
  Card,
  IsoDate,
  Label,
  Membership,
  Person,
  Position,
  Role,
  Snapshot,
} from "./types";
import { undo } from "./undo";

const GLOW_MS = 1_000;
const MINUTE_MS = 60_000;
const KEEP_MS = 3_000;
const EVENT_WAIT_MS = 1_000;
const EVENT_POLL_MS = 50;

/** Where a board comes from. */
export interface BoardSource {
  board(): Promise<Snapshot>;
  /** A fresh websocket address. */
  ticket(): Promise<string>;
  /** Somebody who came by a public link: they open nothing, and their browser keeps nothing. */
  isGuest: boolean;
}

/** What follows an open task beside the board: it hears every event, and of every new beginning. */
export interface Follower {
  receive(event: BoardEvent): void;
  /** Events may have been missed: load anew. */
  reload(): void;
}

export class BoardStore {
  readonly sprintId: number;
  readonly username: string;
  readonly outbox: Outbox;
  readonly lookers: Lookers;

  /** Why there is no board: the error of the first load, or of losing access. */
  failure: Error | null = $state.raw(null);
  live: LiveState = $state("catching-up");
  here: readonly Person[] = $state.raw([]);
  today: IsoDate = $state("");
  /** Tasks that somebody else just changed, with that person. */
  readonly glowing = new Marks<string>();
  /** Tasks that others changed since one's last visit. */
  readonly unseen = new Marks<true>();
  readonly holds = new Holds((action, id) => this.#socket?.say(action, id));

  /** The card in the hand here, as it was when it was picked up. */
  grabbed: Card | null = $state.raw(null);

  #state: BoardState | null = $state.raw(null);
  // Of the state, but apart: every card looks at them, and few events touch them.
  #memberships: ReadonlyMap<number, Membership> = $state.raw(new Map());
  labels: ReadonlyMap<number, Label> = $state.raw(new Map());
  #isArchived = $state(false);

  columns: Columns | null = $derived.by(() => this.#arranged());
  members: Membership[] = $derived([...this.#memberships.values()].sort(byName));
  role: Role = $derived(this.#ownRole());
  canWrite = $derived(this.role !== "viewer" && !this.#isArchived);

  /** Who changed a task last, as far as events told, and to which version. */
  readonly lastChange = new Marks<{ actor: string; version: number }>();

  #lastColumns: Columns | null = null;
  #firstRole: Role = $state("viewer");
  #source: BoardSource;
  #followers = new Set<Follower>();
  #socket: BoardSocket | null = null;
  #cleanups: (() => void)[] = [];
  #keeping: ReturnType<typeof setTimeout> | null = null;
  #isClosed = false;

  constructor(
    sprintId: number,
    username: string,
    outbox: Outbox,
    source: BoardSource = ownSource(sprintId),
  ) {
    this.#source = source;
    this.sprintId = sprintId;
    this.username = username;
    this.outbox = outbox;
    this.lookers = new Lookers(
      username,
      (action, id) => this.#sayLook(action, id),
      browserSurroundings.after,
    );
    this.#cleanups.push(
      outbox.onConfirmed((task) => this.confirm(task)),
      undo.onReversed((task) => this.confirm(task)),
    );
  }

  get isGuest(): boolean {
    return this.#source.isGuest;
  }

  /** Null until the board is loaded. */
  get state(): BoardState | null {
    return this.#state;
  }

  set state(state: BoardState | null) {
    this.#state = state;
    this.#memberships = state?.members ?? new Map();
    this.labels = state?.labels ?? new Map();
    this.#isArchived = Boolean(state?.project.archived_at);
  }

  /**
   * Load the board and go live; on failure `failure` says why.
   *
   * When the server is away the board is shown as this browser saw it last.
   */
  async open(): Promise<void> {
    const ticket = this.#source.ticket().catch(() => null);
    try {
      this.#takeSnapshot(await this.#source.board());
    } catch (error) {
      if (!isUnavailable(error) || !(await this.#takeKept())) {
        this.failure = error as Error;
        return;
      }
    }
    this.failure = null;
    const address = await ticket;
    if (!this.#isClosed) this.#goLive(address);
  }

  /** Leave the board: nothing reaches it any more. */
  close(): void {
    this.#isClosed = true;
    this.keepNow();
    this.lookers.stop();
    this.#socket?.stop();
    this.holds.stop();
    for (const cleanup of this.#cleanups) cleanup();
  }

  /** Load everything anew, as after a loss. */
  async reload(): Promise<void> {
    await this.#socket?.reload();
  }

  /** Tell `follower` from now on what comes; returns what stops that. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** A card as it is shown, pending changes in; null when it is not on this board. */
  card(id: number): Card | null {
    if (!this.columns) return null;
    for (const column of Object.values(this.columns)) {
      const found = column.find((card) => card.id === id);
      if (found) return found;
    }
    return null;
  }

  /** The name of a member for people; a username that is not a member's stays as it is. */
  nameOf(username: string): string {
    return nameOf(username, this.members);
  }

  /** The name of a member's picture; null without, and for guests, who may not see it. */
  pictureOf(username: string): string | null {
    return (!this.isGuest && memberOf(username, this.members)?.picture) || null;
  }

  /** A drag begins here: the card stays in the hand whatever others do to it. */
  grab(id: number): void {
    this.grabbed = this.card(id);
    this.holds.grab("drag", id);
  }

  /** The drag has ended, and where it was dropped is known by now. */
  release(id: number): void {
    this.grabbed = null;
    this.holds.release("drag", id);
  }

  /** Take over a task from an HTTP answer. */
  confirm(task: Card): void {
    if (this.state) this.state = upsertTask(this.state, task);
  }

  #takeSnapshot(snapshot: Snapshot): void {
    this.#firstRole = snapshot.role;
    this.today = snapshot.today;
    this.state = fromSnapshot(snapshot);
    this.#keepSoon();
  }

  /** Show the board as this browser kept it; false when it kept none. */
  async #takeKept(): Promise<boolean> {
    const kept = await keptBoard(this.username, this.sprintId);
    if (!kept) return false;
    this.#firstRole = kept.role;
    this.state = kept.state;
    this.live = "offline";
    this.#tellDay();
    return true;
  }

  /** Keep the board in this browser, as when the window may go. */
  keepNow(): void {
    if (this.#keeping === null || !this.state) return;
    clearTimeout(this.#keeping);
    this.#keeping = null;
    void keepBoard(this.username, this.sprintId, { state: this.state, role: this.role });
  }

  async #forgetKept(): Promise<void> {
    if (this.#keeping !== null) clearTimeout(this.#keeping);
    this.#keeping = null;
    await forgetBoard(this.username, this.sprintId);
  }

  #keepSoon(): void {
    if (this.isGuest) return;
    this.#keeping ??= setTimeout(() => whenIdle(() => this.keepNow()), KEEP_MS);
  }

  #goLive(address: string | null): void {
    const socket = new BoardSocket(
      this.#owner(),
      browserSurroundings,
      this.state!.positions,
      address,
    );
    this.#socket = socket;
    const clock = setInterval(() => this.#tellDay(), MINUTE_MS);
    this.#cleanups.push(watchBrowser(socket), () => clearInterval(clock));
    socket.start();
  }

  #owner(): Owner {
    return {
      newTicket: () => this.#source.ticket(),
      reload: () => this.#reloadSnapshot(),
      receive: inStepWithFrames((events) => this.#receive(events)),
      hold: (hold) => this.holds.note(hold),
      look: (look) => this.lookers.note(look),
      welcome: (here, holds) => {
        this.here = byUsername(here);
        this.holds.reset(holds);
      },
      presence: (join, leave) => (this.here = changeHere(this.here, join, leave)),
      stateChanged: (state) => this.#liveChanged(state),
      forbidden: () => void this.#findOutWhy(),
    };
  }

  async #reloadSnapshot(): Promise<ReadonlyMap<string, Position>> {
    this.#takeSnapshot(await this.#source.board());
    for (const follower of this.#followers) follower.reload();
    return this.state!.positions;
  }

  #receive(events: BoardEvent[]): void {
    if (!this.state) return;
    const before = this.state;
    if (events.some((event) => lacksGoal(event, this.sprintId))) void this.reload();
    this.state = applyAll(before, events);
    this.#keepSoon();
    for (const event of events) {
      for (const follower of this.#followers) follower.receive(event);
      if (event.origin) this.outbox.noteApplied(event.origin);
      if (event.model !== "task") continue;
      this.lastChange.set(event.id, { actor: event.actor, version: event.version });
      this.#showRemote(event.id, event.actor, before);
    }
  }

  /**
   * Who made a task the `version` that it is in, or a later one; null when nobody told.
   *
   * An answer may overtake the event of the change that it speaks of; while live that is on its way.
   */
  async whoMade(taskId: number, version: number): Promise<string | null> {
    const isTold = () => (this.lastChange.get(taskId)?.version ?? 0) >= version;
    const giveUpAt = Date.now() + EVENT_WAIT_MS;
    while (!isTold() && this.live === "live" && Date.now() < giveUpAt) await delay(EVENT_POLL_MS);
    return isTold() ? this.lastChange.get(taskId)!.actor : null;
  }

  /** Let a remotely changed card glow, and say in words what became of it. */
  #showRemote(id: number, actor: string, before: BoardState): void {
    if (actor === this.username) return;
    this.glowing.set(id, actor);
    setTimeout(() => this.glowing.delete(id), GLOW_MS);
    const words = describeChange(before.tasks.get(id), this.state!.tasks.get(id));
    if (words) announcer.others({ name: this.nameOf(actor), words });
  }

  #liveChanged(state: LiveState): void {
    this.live = state;
    if (state === "live") {
      this.outbox.wake();
      this.lookers.renew();
    }
    if (state === "offline") {
      this.here = [];
      this.lookers.forgetOthers();
      this.holds.forgetOthers();
    }
  }

  /** The socket was refused: the board's own answer tells the reason. */
  async #findOutWhy(): Promise<void> {
    try {
      await this.#source.board();
      this.failure = new api.ApiError(403, {});
    } catch (error) {
      this.failure = error as Error;
      if (!isUnavailable(error)) await this.#forgetKept();
    }
  }

  /** The server closes the connection of a viewer who says anything. */
  #sayLook(action: LookAction, taskId: number): void {
    if (this.role !== "viewer") this.#socket?.say(action, taskId);
  }

  #tellDay(): void {
    if (this.state) this.today = todayIn(this.state.project.time_zone, new Date());
  }

  /** A column in which nothing changed stays the same array: nothing of it is drawn anew. */
  #arranged(): Columns | null {
    const columns = this.state && arrange(this.state, this.outbox.pending, this.grabbed);
    this.#lastColumns = columns && keepEqual(this.#lastColumns, columns);
    return this.#lastColumns;
  }

  #ownRole(): Role {
    return memberOf(this.username, this.members)?.role ?? this.#firstRole;
  }
}

function ownSource(sprintId: number): BoardSource {
  return {
    board: () => api.board(sprintId),
    ticket: () => api.ticket(sprintId),
    isGuest: false,
  };
}

/** A goal that was too long for the wire is read with the board. */
function lacksGoal(event: BoardEvent, sprintId: number): boolean {
  if (event.model !== "sprint" || event.id !== sprintId) return false;
  return event.omitted?.includes("goal") ?? false;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function describeChange(before: Card | undefined, after: Card | undefined): string | null {
  if (!before && after) return `added ${api.cardTitle(after)} to ${COLUMN_NAMES[columnOf(after)]}`;
  if (before && !after) return `took ${api.cardTitle(before)} off the board`;
  if (!before || !after || before.version === after.version) return null;
  if (columnOf(before) === columnOf(after)) return `changed ${api.cardTitle(after)}`;
  return `moved ${api.cardTitle(after)} to ${COLUMN_NAMES[columnOf(after)]}`;
}
