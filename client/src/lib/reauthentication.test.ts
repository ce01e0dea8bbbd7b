import { expect, test, vi } from "vitest";
import { ReauthenticationNeeded } from "./allauth";
import { Reauthentication } from "./reauthentication.svelte";

const FLOWS = [{ id: "reauthenticate" }];

test("what needs no confirmation is done at once", async () => {
  const asking = new Reauthentication();
  expect(await asking.confirmed(() => Promise.resolve(3))).toBe(3);
  expect(asking.flows).toBeNull();
});

test("after a confirmation it is done once more", async () => {
  const asking = new Reauthentication();
  const done = asking.confirmed(refusedOnce());
  await vi.waitFor(() => expect(asking.flows).toEqual(FLOWS));
  asking.settle(true);
  expect(await done).toBe("done");
  expect(asking.flows).toBeNull();
});

test("without one it is not", async () => {
  const asking = new Reauthentication();
  const done = asking.confirmed(refusedOnce());
  await vi.waitFor(() => expect(asking.flows).toEqual(FLOWS));
  asking.settle(false);
  await expect(done).rejects.toBeInstanceOf(ReauthenticationNeeded);
});

test("whoever has nothing to show is not asked", async () => {
  await expect(new Reauthentication().confirm([])).resolves.toBeUndefined();
});

function refusedOnce(): () => Promise<string> {
  let tries = 0;
  return () =>
    tries++ === 0 ? Promise.reject(new ReauthenticationNeeded(FLOWS)) : Promise.resolve("done");
}
