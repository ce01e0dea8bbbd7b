import { expect, test } from "vitest";
import { TaskForms } from "./task-forms.svelte";
import { task } from "./testing";
import { type Answer, stubHttp } from "./testing-http";
import { OutboxStage } from "./testing-outbox";
import { toasts } from "./toasts.svelte";

async function opened(answer: Answer) {
  stubHttp(({ method }) => (method === "GET" ? { status: 200, json: task(5) } : answer));
  const { outbox } = new OutboxStage();
  const forms = new TaskForms({ outbox, confirm: () => undefined, card: () => null });
  const form = forms.get(5);
  await form.load();
  form.fields.name.value = "Mine";
  return { forms, form };
}

test("closing a panel saves what was typed and forgets the form", async () => {
  const { forms, form } = await opened({
    status: 200,
    json: task(5, { name: "Mine", version: 2 }),
  });
  expect(forms.isDirty).toBe(true);
  await forms.release(form);
  expect(forms.isDirty).toBe(false);
  expect(forms.get(5)).not.toBe(form);
});

test("what cannot be saved is still there when the task is opened again, and is said", async () => {
  const { forms, form } = await opened({ status: 403, json: { detail: "Viewers only look." } });
  await forms.release(form);
  expect(forms.get(5)).toBe(form);
  expect(form.fields.name.value).toBe("Mine");
  expect(toasts.list.at(-1)!.text).toContain("WEB-5");
});
