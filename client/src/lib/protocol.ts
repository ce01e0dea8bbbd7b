/** What the messages of `watercooler.v1` are, and whether events follow without a gap. Pure. */
import type { BoardEvent, Person, Position } from "./types";

export const SUBPROTOCOL = "watercooler.v1";

export type Tops = Record<string, Position>;
export type HoldAction = "dragstart" | "dragend" | "drop" | "editstart" | "editend";
export type LookAction = "lookstart" | "lookend";

/** Somebody has a task in hand: another person's ephemeral message. */
export interface Hold {
  model: "task";
  id: number;
  action: HoldAction;
  actor: string;
  conn?: string;
}

/** Somebody has a task open. */
export interface Look {
  model: "task";
  id: number;
  action: LookAction;
  actor: string;
  conn: string;
}

export type ServerMessage =
  | { action: "welcome"; channels: Tops; here: Person[]; locks: Hold[]; conn: string }
  | { action: "resync"; channel: string; reason?: string }
  | { action: "beat"; tops: Tops }
  | { action: "state"; live: boolean; reason?: string }
  | { action: "restart"; in_ms: number }
  | { action: "locked"; model: "task"; id: number; actor: string }
  | { action: "here"; join: Person[]; leave: Person[] };

export type Incoming =
  | { kind: "event"; event: BoardEvent }
  | { kind: "hold"; hold: Hold }
  | { kind: "look"; look: Look }
  | { kind: "message"; message: ServerMessage };

const HOLD_ACTIONS = new Set(["dragstart", "dragend", "drop", "editstart", "editend"]);
const LOOK_ACTIONS = new Set(["lookstart", "lookend"]);

/** Read one text frame; several messages stand in it on lines of their own. */
export function parseFrame(frame: string): Incoming[] {
  return frame
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => classify(JSON.parse(line) as Record<string, unknown>));
}

function classify(fields: Record<string, unknown>): Incoming {
  if ("seq" in fields && "epoch" in fields)
    return { kind: "event", event: fields as unknown as BoardEvent };
  if (fields.model === "task" && HOLD_ACTIONS.has(String(fields.action)))
    return { kind: "hold", hold: fields as unknown as Hold };
  if (fields.model === "task" && LOOK_ACTIONS.has(String(fields.action)))
    return { kind: "look", look: fields as unknown as Look };
  return { kind: "message", message: fields as unknown as ServerMessage };
}

/** How an event stands to what was received: to take, to skip, or proof that something is lost. */
export type Verdict = "next" | "old" | "gap" | "other-history";

/** Judge an event by its channel's position; a channel without one is live from its first event. */
export function judge(positions: ReadonlyMap<string, Position>, event: BoardEvent): Verdict {
  const position = positions.get(event.channel);
  if (!position) return "next";
  if (position.epoch !== event.epoch) return "other-history";
  if (event.seq <= position.seq) return "old";
  if (event.seq > position.seq + 1) return "gap";
  const isSameHistory = position.change === undefined || position.change === event.prev;
  return isSameHistory ? "next" : "other-history";
}

/** Where a channel stands after an event. */
export function positionOf({ epoch, seq, change }: BoardEvent): Position {
  return { epoch, seq, change };
}

/** True when everything up to these tops was received. */
export function hasReached(positions: ReadonlyMap<string, Position>, tops: Tops): boolean {
  return Object.entries(tops).every(([channel, top]) => {
    const position = positions.get(channel);
    return !position || (position.epoch === top.epoch && position.seq >= top.seq);
  });
}

/** The ticket inside a websocket address. */
export function ticketOf(address: string): string {
  return new URL(address).searchParams.get("channel") ?? "";
}
