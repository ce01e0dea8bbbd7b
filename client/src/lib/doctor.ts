/** Why live updates do not come, as far as a browser can tell: one finding after the other. */
import { isUnavailable } from "./http";
import { parseFrame, SUBPROTOCOL } from "./protocol";
import type { Wire } from "./socket";

export interface Finding {
  /** What was looked at, for people. */
  check: string;
  is_ok: boolean;
  /** What is so, and how to mend it where it is not well. */
  message: string;
}

export interface Patient {
  isOnline(): boolean;
  /** How many milliseconds the server's clock is ahead; rejects when the API does not answer. */
  clockAhead(): Promise<number>;
  /** A websocket address with a ticket; null when there is no sprint to ask one for. */
  ticket(): Promise<string | null>;
  open(address: string, subprotocol: string): Wire;
  after(ms: number, task: () => void): () => void;
  /** What the server finds about itself. */
  serverFindings(): Promise<Finding[]>;
}

/** Clocks that differ by more make tickets expire too early or too late. */
const CLOCK_MS = 5_000;
const WELCOME_MS = 8_000;
/** The server sends a beat every 25 s. */
const BEAT_MS = 30_000;

const UPGRADE =
  "Where a proxy stands in front, it must pass on the headers Upgrade and Connection for /socket/.";

/** How far a websocket got. */
interface Visit {
  isOpen: boolean;
  isWelcome: boolean;
  hasBeat: boolean;
  /** Null while it is open. */
  code: number | null;
  /** What the server says of itself when it is behind. */
  trouble: string | null;
  /** Waits until something is so, the websocket closes, or the time is over. */
  until(isEnough: () => boolean, ms: number): Promise<void>;
  leave(): void;
}

/** Look at everything in the order in which it depends on each other. */
export async function* examine(patient: Patient): AsyncGenerator<Finding> {
  yield network(patient);
  const server = await clock(patient);
  yield* server;
  if (!server[0]!.is_ok) return;
  const address = await patient.ticket().catch((error: unknown) => error as Error);
  yield ticket(address);
  const visit = typeof address === "string" ? yield* websocket(patient, address) : null;
  yield* await serverSide(patient);
  if (visit?.isWelcome) yield await beat(visit);
  visit?.leave();
}

function network(patient: Patient): Finding {
  const check = "This browser";
  return patient.isOnline()
    ? well(check, "It is connected to a network.")
    : ill(check, "It says that it is offline. Check the network of this computer.");
}

async function clock(patient: Patient): Promise<Finding[]> {
  try {
    const ahead = await patient.clockAhead();
    return [well("The board's server", "It answers."), clockFinding(ahead)];
  } catch (error) {
    const reason = isUnavailable(error)
      ? "It does not answer. Is it running, and does the proxy in front of it know its address?"
      : `It answers with an error: ${(error as Error).message}`;
    return [ill("The board's server", reason)];
  }
}

function clockFinding(ahead: number): Finding {
  const seconds = Math.round(Math.abs(ahead) / 1000);
  if (Math.abs(ahead) <= CLOCK_MS) return well("Clocks", "This computer and the server agree.");
  const which = ahead > 0 ? "behind" : "ahead of";
  return ill(
    "Clocks",
    `This computer's clock is ${seconds} s ${which} the server's. Let both set their time by the network.`,
  );
}

function ticket(address: string | Error | null): Finding {
  const check = "Admission to live updates";
  if (address === null) return well(check, "There is no sprint yet to be admitted to.");
  if (typeof address === "string") return well(check, "The server gives a ticket.");
  return ill(check, `The server gives no ticket: ${address.message}`);
}

async function* websocket(
  patient: Patient,
  address: string,
): AsyncGenerator<Finding, Visit | null> {
  const check = "Websocket";
  const server = new URL(address).host;
  const wire = opened(patient, address);
  if (!wire) {
    const secure = "The page is encrypted and the websocket is not: set WATERCOOLER_SECURE=on.";
    yield ill(check, `The browser refuses the address of ${server}. ${secure}`);
    return null;
  }
  const visit = listen(wire, patient);
  await visit.until(() => visit.isWelcome, WELCOME_MS);
  yield visit.isWelcome
    ? well(check, `It opens at ${server}.`)
    : ill(check, refusal(visit, server));
  if (visit.trouble !== null)
    yield ill("Live updates", `The server says that they are late: ${visit.trouble}`);
  return visit;
}

function opened(patient: Patient, address: string): Wire | null {
  try {
    return patient.open(address, SUBPROTOCOL);
  } catch {
    return null;
  }
}

/** Note what happens on the wire. */
function listen(wire: Wire, patient: Patient): Visit {
  let changed = () => {};
  const until: Visit["until"] = (isEnough, ms) =>
    new Promise((resolve) => {
      const cancel = patient.after(ms, resolve);
      changed = () => {
        if (!isEnough() && visit.code === null) return;
        cancel();
        resolve();
      };
      changed();
    });
  const nothing = { isOpen: false, isWelcome: false, hasBeat: false, code: null, trouble: null };
  const visit: Visit = { ...nothing, until, leave: () => wire.close() };
  wire.onopen = () => {
    visit.isOpen = true;
    wire.send(JSON.stringify({ action: "resume", since: {} }));
  };
  wire.onmessage = ({ data }) => {
    note(visit, String(data));
    changed();
  };
  wire.onclose = ({ code }) => {
    visit.code = code;
    changed();
  };
  return visit;
}

function note(visit: Visit, frame: string): void {
  for (const incoming of parseFrame(frame)) {
    if (incoming.kind !== "message") continue;
    const { message } = incoming;
    if (message.action === "welcome") visit.isWelcome = true;
    if (message.action === "beat") visit.hasBeat = true;
    if (message.action === "state") visit.trouble = message.live ? null : (message.reason ?? "");
  }
}

function refusal({ isOpen, code }: Visit, server: string): string {
  if (code === 4401)
    return `${server} does not accept the ticket. Web and watercooler must have the same WATERCOOLER_SECRET and REDIS_PREFIX, and clocks that agree.`;
  if (code === 4403) return `${server} says that you are no member of this project any more.`;
  if (isOpen && code !== null)
    return `It opens at ${server}, and closes at once (${code}). See what watercooler logs; ${UPGRADE}`;
  if (isOpen) return `It opens at ${server}, and nothing comes. ${UPGRADE}`;
  if (code === null)
    return `${server} does not answer. Is watercooler running there, and does a firewall let its port through?`;
  return `It cannot be opened at ${server}. Is watercooler running there (WATERCOOLER_SERVER), and is this page's address in WATERCOOLER_ORIGINS? ${UPGRADE}`;
}

async function beat(visit: Visit): Promise<Finding> {
  const check = "Signs of life";
  await visit.until(() => visit.hasBeat, BEAT_MS);
  if (visit.hasBeat) return well(check, "They come regularly.");
  if (visit.code !== null)
    return ill(check, `The websocket was closed (${visit.code}) before one came. ${UPGRADE}`);
  return ill(check, "None came in 30 s. A proxy in front must not hold back what passes through.");
}

async function serverSide(patient: Patient): Promise<Finding[]> {
  try {
    return await patient.serverFindings();
  } catch (error) {
    return [ill("The server itself", `It could not examine itself: ${(error as Error).message}`)];
  }
}

function well(check: string, message: string): Finding {
  return { check, is_ok: true, message };
}

function ill(check: string, message: string): Finding {
  return { check, is_ok: false, message };
}
