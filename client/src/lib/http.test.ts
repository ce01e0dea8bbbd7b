import { expect, test } from "vitest";
import { ApiError, onUnauthorized, request, requestAll, Unreachable } from "./http";
import { stubHttp } from "./testing-http";

test("a write carries JSON, the CSRF token, its version and its mutation", async () => {
  const [sent] = await asked({ method: "PATCH", body: { a: 1 }, ifMatch: 3, mutation: "m" });
  expect(sent).toMatchObject({ method: "PATCH", body: { a: 1 } });
  expect(Object.fromEntries(sent!.headers)).toMatchObject({
    "content-type": "application/json",
    "x-csrftoken": "secret",
    "if-match": '"3"',
    "x-client-mutation": "m",
  });
});

test("a read carries no token", async () => {
  const [sent] = await asked({});
  expect(sent!.headers.has("X-CSRFToken")).toBe(false);
});

test.each([
  [400, { end: ["End date cannot be in the past."] }, "End date cannot be in the past."],
  [403, { detail: "Viewers only look." }, "Viewers only look."],
  [503, {}, "The server is busy. Try again in a moment."],
  [500, undefined, "Something went wrong on the server. Try again in a moment."],
  [418, {}, "The server refused this (418)."],
])("a refusal with %i says why", async (status, json, message) => {
  stubHttp(() => ({ status, json }));
  const error = await failure();
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status, message });
});

test.each([
  ["1", "Wait 1 second"],
  ["45", "Wait 45 seconds"],
  ["61", "Wait 61 seconds"],
  ["300", "Wait 5 minutes"],
  ["7000", "Wait 2 hours"],
  [undefined, "Wait a few minutes"],
])("too many tries are told with the time to wait, %s", async (seconds, words) => {
  const headers = seconds === undefined ? undefined : { "Retry-After": seconds };
  stubHttp(() => ({ status: 429, json: { detail: "Request was throttled." }, headers }));
  const message = `That was too often. ${words}, then try again.`;
  expect(await failure()).toMatchObject({ status: 429, message });
});

test("a secret that counts no more does not end the session", async () => {
  let told = 0;
  onUnauthorized(() => told++);
  stubHttp(() => ({ status: 401, json: {} }));
  const call = { headers: { Authorization: "Share x" } };
  await expect(request("/api/shared/board/", call)).rejects.toBeInstanceOf(ApiError);
  expect(told).toBe(0);
});

test("a list is read to its last page", async () => {
  stubHttp(({ path }) => {
    const isFirst = !path.includes("page=2");
    const next = isFirst ? "https://elsewhere.example/api/things/?page=2" : null;
    return { status: 200, json: { next, results: [isFirst ? "a" : "b"] } };
  });
  expect(await requestAll("/api/things/")).toEqual(["a", "b"]);
});

test("field errors are told apart from the rest", async () => {
  stubHttp(() => ({ status: 400, json: { name: ["Too long."], detail: "No." } }));
  expect(await failure()).toMatchObject({ fields: { name: ["Too long."] } });
});

test("no answer is said to be one", async () => {
  stubHttp(() => null);
  expect(await failure()).toBeInstanceOf(Unreachable);
});

test("a session that ended is announced, but not by the sign-in service itself", async () => {
  let told = 0;
  onUnauthorized(() => told++);
  stubHttp(() => ({ status: 401, json: {} }));
  await failure();
  await failure("/_allauth/browser/v1/auth/session");
  expect(told).toBe(1);
});

async function asked(call: Parameters<typeof request>[1]) {
  const requests = stubHttp(() => ({ status: 204 }));
  expect(await request("/api/", call)).toBeNull();
  return requests;
}

async function failure(path = "/api/tasks/"): Promise<Error> {
  return request(path).then(
    () => Promise.reject(new Error("it was not refused")),
    (error: Error) => error,
  );
}
