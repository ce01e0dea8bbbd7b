import { beforeEach, describe, expect, test } from "vitest";
import { examine, type Finding, type Patient } from "./doctor";
import { Unreachable } from "./http";
import type { Wire } from "./socket";

/** A browser whose way to the server can be ill in every way. */
class FakePatient implements Patient {
  online = true;
  ahead = 0;
  apiError: Error | null = null;
  address: string | null | Error = "ws://board.test:8080/socket/sprint.7?channel=x";
  findings: Finding[] | Error = [{ check: "Server: redis", is_ok: true, message: "It answers." }];
  isRefused = false;
  /** What happens once the page listens on the wire. */
  script: (wire: Wire) => void = welcomed;
  isClosed = false;

  isOnline = () => this.online;
  clockAhead = () => (this.apiError ? Promise.reject(this.apiError) : Promise.resolve(this.ahead));
  ticket = () => settle(this.address);
  serverFindings = () => settle(this.findings);
  after = (_: number, task: () => void) => {
    const timer = setTimeout(task, 5);
    return () => clearTimeout(timer);
  };
  open = (): Wire => {
    if (this.isRefused) throw new Error("SecurityError");
    const nothing = { onopen: null, onmessage: null, onclose: null, send: () => undefined };
    const wire: Wire = { ...nothing, close: () => (this.isClosed = true) };
    queueMicrotask(() => this.script(wire));
    return wire;
  };
}

const say = (wire: Wire, message: object) => wire.onmessage?.({ data: JSON.stringify(message) });

function welcomed(wire: Wire): void {
  wire.onopen?.();
  say(wire, { action: "welcome", channels: {}, here: [], locks: [], conn: "x" });
  say(wire, { action: "beat", tops: {} });
}

function settle<T>(value: T | Error): Promise<T> {
  return value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
}

let patient: FakePatient;
beforeEach(() => {
  patient = new FakePatient();
});

async function findings(): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const finding of examine(patient)) found.push(finding);
  return found;
}

const problems = async () => (await findings()).filter(({ is_ok }) => !is_ok);

test("where all is well, every check says so, the server's own among them", async () => {
  const found = await findings();
  expect(found.map(({ check }) => check)).toEqual([
    "This browser",
    "The board's server",
    "Clocks",
    "Admission to live updates",
    "Websocket",
    "Server: redis",
    "Signs of life",
  ]);
  expect(found.every(({ is_ok }) => is_ok)).toBe(true);
  expect(patient.isClosed).toBe(true);
});

test("without a server nothing more is looked at", async () => {
  patient.online = false;
  patient.apiError = new Unreachable();
  expect((await problems()).map(({ check }) => check)).toEqual([
    "This browser",
    "The board's server",
  ]);
});

test.each([
  [6_000, "6 s behind"],
  [-90_000, "90 s ahead of"],
])("a clock that differs by %i ms is told", async (ahead, words) => {
  patient.ahead = ahead;
  expect((await problems())[0]!.message).toContain(words);
});

test("a ticket that is refused is told with the reason", async () => {
  patient.address = new Error("You are not in this project.");
  expect((await problems())[0]!.message).toContain("not in this project");
});

describe("a websocket", () => {
  test.each([
    ["is refused", (wire: Wire) => wire.onclose?.({ code: 1006 }), "Upgrade and Connection"],
    ["does not accept the ticket", closing(4401), "WATERCOOLER_SECRET"],
    ["says that membership ended", closing(4403), "no member"],
    ["closes at once", closing(1011), "closes at once (1011)"],
    ["is silent", (wire: Wire) => wire.onopen?.(), "nothing comes"],
    ["never opens", () => undefined, "does not answer"],
  ] as [string, (wire: Wire) => void, string][])("that %s", async (_, script, words) => {
    patient.script = script;
    const [problem, ...others] = await problems();
    expect(problem).toMatchObject({ check: "Websocket" });
    expect(problem!.message).toContain(words);
    expect(others).toEqual([]);
  });

  test("that the browser refuses", async () => {
    patient.isRefused = true;
    expect((await problems())[0]!.message).toContain("WATERCOOLER_SECURE");
  });

  test("that says that the server is behind", async () => {
    patient.script = (wire) => {
      wire.onopen?.();
      say(wire, { action: "state", live: false, reason: "the relay is away" });
      welcomed(wire);
    };
    expect((await problems())[0]!.message).toContain("the relay is away");
  });

  test("without signs of life", async () => {
    patient.script = (wire) => {
      wire.onopen?.();
      say(wire, { action: "welcome", channels: {}, here: [], locks: [], conn: "x" });
    };
    expect((await problems())[0]).toMatchObject({ check: "Signs of life" });
  });
});

test("a server that cannot examine itself says why", async () => {
  patient.findings = new Error("The doctor is at work; ask again in a moment.");
  expect((await problems())[0]!.message).toContain("ask again");
});

function closing(code: number): (wire: Wire) => void {
  return (wire) => {
    wire.onopen?.();
    wire.onclose?.({ code });
  };
}
