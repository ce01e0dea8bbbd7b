import { expect, test } from "vitest";
import { FormState } from "./form.svelte";
import { ApiError, Unreachable } from "./http";

test("what was refused stands beside its field", async () => {
  const form = new FormState("name");
  expect(await form.run(() => refused({ name: ["Too long."] }))).toBe(false);
  expect(form).toMatchObject({ errors: { name: ["Too long."] }, problem: "", isBusy: false });
});

test("errors of fields that are not shown, and of none, are one sentence", async () => {
  const form = new FormState("name");
  await form.run(() => refused({ name: ["No."], key: ["Taken."], non_field_errors: ["Odd."] }));
  expect(form.problem).toBe("Taken. Odd.");
  await form.run(() => Promise.reject(new Unreachable()));
  expect(form.problem).toMatch("could not be reached");
  expect(form.errors).toEqual({});
});

test("another try forgets the last one's errors and is busy meanwhile", async () => {
  const form = new FormState("name");
  await form.run(() => refused({ name: ["No."], other: ["No."] }));
  const running = form.run(() => Promise.resolve());
  expect(form).toMatchObject({ errors: {}, problem: "", isBusy: true });
  expect(await running).toBe(true);
  expect(form.isBusy).toBe(false);
});

function refused(body: Record<string, string[]>): Promise<never> {
  return Promise.reject(new ApiError(400, body));
}
