import { beforeEach, describe, expect, test } from "vitest";
import { task, taskEvent } from "./testing";
import { ADDRESS, settle, Stage } from "./testing-socket";
import type { Position } from "./types";

const change = (seq: number) => taskEvent("sprint.7", seq, task(1, { version: seq }));

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

describe("connecting", () => {
  test("resumes from the snapshot's positions and goes live once welcomed", async () => {
    await stage.join();
    expect(stage.wire.subprotocol).toBe("watercooler.v1");
    const since = { "sprint.7": { epoch: "a", seq: 10 } };
    expect(stage.wire.sent).toEqual([{ action: "resume", since }]);
    expect(stage.socket.state).toBe("live");
  });

  test("is catching up until everything before the welcome has come", async () => {
    await stage.join(12);
    expect(stage.socket.state).toBe("catching-up");
    stage.wire.say(change(11), change(12));
    expect(stage.received).toEqual([11, 12]);
    expect(stage.socket.state).toBe("live");
  });

  test("asks for a ticket when it has none", async () => {
    stage = new Stage(null);
    stage.tickets = [ADDRESS];
    await stage.join();
    expect(stage.wire.address).toBe(ADDRESS);
  });

  test("that gets nowhere in 10 s is given up", async () => {
    stage.socket.start();
    await stage.time.advance(10_000);
    expect(stage.wires[0]!.isClosed).toBe(true);
    expect(stage.socket.state).toBe("offline");
  });
});

describe("an address that the browser refuses to open", () => {
  test("is said to be offline and tried again", async () => {
    stage.open = () => {
      throw new Error("SecurityError");
    };
    stage.socket.start();
    await settle();
    expect(stage.socket.state).toBe("offline");
  });
});

describe("events", () => {
  beforeEach(() => stage.join());

  test("are handed on in order, repeated ones left out", () => {
    stage.wire.say(change(11), change(11), change(12));
    stage.wire.say(change(12), change(13));
    expect(stage.received).toEqual([11, 12, 13]);
  });

  test("with a gap cut the connection, and the next one resumes before the gap", async () => {
    stage.wire.say(change(11), change(13));
    expect(stage.received).toEqual([11]);
    expect(stage.wires[0]!.isClosed).toBe(true);
    await stage.time.advance(500);
    stage.wire.onopen?.();
    expect(stage.wire.sent[0]).toMatchObject({ since: { "sprint.7": { seq: 11 } } });
  });

  test("of another epoch load the board anew", async () => {
    stage.wire.say({ ...change(11), epoch: "b" });
    stage.reloads = [{ epoch: "b", seq: 11 }];
    expect(stage.socket.state).toBe("catching-up");
    await stage.time.advance(2_500);
    expect(stage.received).toEqual([]);
    expect(stage.wire.sent.at(-1)).toMatchObject({ since: { "sprint.7": { epoch: "b" } } });
    expect(stage.socket.state).toBe("live");
  });

  test("of another history load the board anew", async () => {
    stage.wire.say(change(11), { ...change(12), prev: "restored" });
    stage.reloads = [{ epoch: "a", seq: 12, change: "restored too" }];
    expect(stage.received).toEqual([11]);
    await stage.time.advance(2_500);
    const since = { "sprint.7": { epoch: "a", seq: 12, change: "restored too" } };
    expect(stage.wire.sent.at(-1)).toMatchObject({ since });
  });

  test("are named by the next resume", async () => {
    stage.wire.say(change(11));
    stage.wire.onclose?.({ code: 1006 });
    await stage.time.advance(500);
    stage.wire.onopen?.();
    const since = { "sprint.7": { epoch: "a", seq: 11, change: "c11" } };
    expect(stage.wire.sent[0]).toMatchObject({ since });
  });
});

describe("beats", () => {
  beforeEach(() => stage.join());

  test("that agree change nothing", () => {
    stage.wire.say({ action: "beat", tops: { "sprint.7": { epoch: "a", seq: 10 } } });
    expect(stage.wire.isClosed).toBe(false);
  });

  test("that know more than was received cut the connection", () => {
    stage.wire.say({ action: "beat", tops: { "sprint.7": { epoch: "a", seq: 11 } } });
    expect(stage.wire.isClosed).toBe(true);
  });

  test("that stay away for 40 s cut the connection", async () => {
    await stage.time.advance(39_000);
    expect(stage.wire.isClosed).toBe(false);
    await stage.time.advance(1_000);
    expect(stage.wires[0]!.isClosed).toBe(true);
  });
});

describe("a resync", () => {
  beforeEach(() => stage.join());

  test("waits up to 5 s, loads the board and resumes from there", async () => {
    stage.wire.say({ action: "resync", channel: "sprint.7", reason: "too far behind" });
    await stage.time.advance(2_400);
    expect(stage.log).not.toContain("reload");
    await stage.time.advance(100);
    expect(stage.log).toContain("reload");
    expect(stage.wire.sent.at(-1)).toMatchObject({ since: { "sprint.7": { seq: 20 } } });
    expect(stage.socket.state).toBe("live");
  });

  test("keeps what comes while the board is loaded and is newer than it", async () => {
    let loaded: (position: Position) => void = () => undefined;
    const pending = new Promise<Position>((resolve) => (loaded = resolve));
    stage.reload = async () => new Map([["sprint.7", await pending]]);
    const reloading = stage.socket.reload();
    stage.wire.say(change(11), change(12));
    loaded({ epoch: "a", seq: 11 });
    await reloading;
    expect(stage.received).toEqual([11, 12, 12]);
  });

  test("is tried again when the board cannot be loaded", async () => {
    stage.reloads = [500];
    stage.wire.say({ action: "resync", channel: "sprint.7" });
    await stage.time.advance(10_000);
    expect(stage.log.filter((entry) => entry === "reload")).toHaveLength(2);
  });
});

describe("coming back", () => {
  test("waits a jittered time that doubles up to 20 s", async () => {
    stage.chance = 0.999999;
    stage.socket.start();
    await settle();
    for (const ms of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]) {
      const before = stage.wires.length;
      stage.wire.onclose?.({ code: 1006 });
      await stage.time.advance(ms - 10);
      expect(stage.wires).toHaveLength(before);
      await stage.time.advance(20);
      expect(stage.wires).toHaveLength(before + 1);
    }
  });

  test("starts over after 30 s of stability", async () => {
    stage.chance = 0.999999;
    stage.socket.start();
    await settle();
    for (let i = 0; i < 4; i++) {
      stage.wire.onclose?.({ code: 1006 });
      await stage.time.advance(20_000);
    }
    await stage.accept(10);
    await stage.time.advance(30_000);
    stage.wire.onclose?.({ code: 1006 });
    const before = stage.wires.length;
    await stage.time.advance(501);
    expect(stage.wires).toHaveLength(before + 1);
  });

  test("is said honestly: catching up, then offline when it fails, then live", async () => {
    await stage.join();
    stage.log = [];
    stage.wire.onclose?.({ code: 1006 });
    await stage.time.advance(500);
    stage.wire.onclose?.({ code: 1006 });
    await stage.time.advance(1_000);
    await stage.accept(10);
    expect(stage.log).toEqual(["catching-up", "offline", "catching-up", "welcome", "live"]);
  });

  test("from a restart takes the time that the server gave", async () => {
    await stage.join();
    stage.wire.say({ action: "restart", in_ms: 3_000 });
    stage.wire.onclose?.({ code: 1012 });
    await stage.time.advance(2_999);
    expect(stage.wires).toHaveLength(1);
    await stage.time.advance(1);
    expect(stage.wires).toHaveLength(2);
  });

  test("with 4401 takes a new ticket", async () => {
    await stage.join();
    stage.wire.onclose?.({ code: 4401 });
    await stage.time.advance(500);
    expect(stage.wire.address).toContain("channel=next");
  });

  test("with 4403 is not tried", async () => {
    await stage.join();
    stage.wire.onclose?.({ code: 4403 });
    await stage.time.advance(120_000);
    expect(stage.wires).toHaveLength(1);
    expect(stage.log.at(-1)).toBe("forbidden");
  });

  test("ends when a new ticket is refused", async () => {
    await stage.join();
    stage.tickets = [404];
    stage.wire.onclose?.({ code: 4401 });
    await stage.time.advance(120_000);
    expect(stage.wires).toHaveLength(1);
    expect(stage.log.at(-1)).toBe("forbidden");
  });

  test("does not sit out a long wait when the page is looked at again", async () => {
    stage.chance = 0.999999;
    stage.socket.start();
    await settle();
    for (let i = 0; i < 6; i++) {
      stage.wire.onclose?.({ code: 1006 });
      if (i < 5) await stage.time.advance(20_000);
    }
    const before = stage.wires.length;
    stage.socket.wake();
    await stage.time.advance(500);
    expect(stage.wires).toHaveLength(before + 1);
  });

  test("is tried at once when a sleeping page wakes after a long silence", async () => {
    await stage.join();
    stage.time.now += 60_000;
    stage.socket.wake();
    expect(stage.wires[0]!.isClosed).toBe(true);
  });

  test("is tried when the browser says that it is offline", async () => {
    await stage.join();
    stage.online = false;
    stage.socket.suspect();
    expect(stage.socket.state).toBe("offline");
    await stage.time.advance(500);
    expect(stage.wires).toHaveLength(2);
  });

  test("never happens after stop", async () => {
    await stage.join();
    stage.socket.stop();
    stage.socket.wake();
    await stage.time.advance(120_000);
    expect(stage.wires).toHaveLength(1);
    expect(stage.wire.isClosed).toBe(true);
  });
});

describe("other messages", () => {
  beforeEach(() => stage.join());

  test("tell that the server itself is behind", () => {
    stage.wire.say({ action: "state", live: false, reason: "relay" });
    expect(stage.socket.state).toBe("catching-up");
    stage.wire.say({ action: "state", live: true });
    expect(stage.socket.state).toBe("live");
  });

  test("refresh the ticket at half its life", async () => {
    for (let i = 0; i < 30; i++) {
      await stage.time.advance(30_000);
      stage.wire.say({ action: "beat", tops: {} });
    }
    await settle();
    expect(stage.wire.sent.at(-1)).toEqual({ action: "refresh", ticket: "next" });
  });

  test("pass on whose hand is where", () => {
    stage.wire.say({ model: "task", action: "dragstart", id: 5, actor: "ben", conn: "x" });
    stage.wire.say({ action: "locked", model: "task", id: 6, actor: "ana" });
    stage.wire.say({ model: "task", action: "lookstart", id: 7, actor: "cat", conn: "y" });
    expect(stage.log.slice(-3)).toEqual(["dragstart 5 ben", "editstart 6 ana", "lookstart 7 cat"]);
  });

  test("go out only while connected", () => {
    stage.socket.say("dragstart", 5);
    expect(stage.wire.sent.at(-1)).toEqual({ model: "task", id: 5, action: "dragstart" });
    stage.wire.onclose?.({ code: 1006 });
    stage.socket.say("drop", 5);
    expect(stage.wires[0]!.sent.at(-1)).toMatchObject({ action: "dragstart" });
  });
});
