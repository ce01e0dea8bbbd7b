import { expect, test } from "vitest";
import * as account from "./account";
import { ReauthenticationNeeded } from "./allauth";
import { ApiError } from "./http";
import { type Answer, stubHttp } from "./testing-http";

test.each([
  ["ana", { username: "ana", password: "x" }],
  ["ana@example.com", { email: "ana@example.com", password: "x" }],
])("%s signs in by what it is", async (login, body) => {
  const requests = stubHttp(() => ({ status: 200, json: {} }));
  expect(await account.signIn(login, "x")).toEqual({ step: "done" });
  expect(requests).toMatchObject([{ method: "POST", body }]);
});

test("a second factor is the next step", async () => {
  stubHttp(() =>
    unauthorized([{ id: "login" }, { id: "mfa_authenticate", is_pending: true, types: ["totp"] }]),
  );
  expect(await account.signIn("ana", "x")).toEqual({ step: "second-factor", types: ["totp"] });
});

test("another step is named", async () => {
  stubHttp(() => unauthorized([{ id: "verify_email", is_pending: true }]));
  expect(await account.signIn("ana", "x")).toEqual({ step: "other", flow: "verify_email" });
});

test.each([
  [[{ id: "mfa_authenticate", is_pending: true, types: ["totp"] }], "second-factor"],
  [[{ id: "login" }, { id: "provider_signup", is_pending: true }], "new-account"],
  [[{ id: "verify_email", is_pending: true }], undefined],
  [[{ id: "login" }], undefined],
])("after a provider's page %j go on with %s", async (flows, expected) => {
  stubHttp(() => unauthorized(flows));
  expect((await account.begunStep())?.step).toBe(expected);
});

test("whoever is signed in has begun nothing", async () => {
  stubHttp(() => found({ user: {} }));
  expect(await account.begunStep()).toBeNull();
});

test("what a provider tells of somebody new is filled in", async () => {
  stubHttp(() =>
    found({
      user: { username: "eve" },
      account: { provider: { id: "t", name: "Team" } },
      email: [],
    }),
  );
  expect(await account.newcomer()).toEqual({ provider: "Team", username: "eve", email: "" });
});

test("allauth's errors stand by field", async () => {
  const errors = [
    { param: "password", message: "Too short." },
    { param: "password", message: "Too common." },
    { message: "Something else." },
  ];
  stubHttp(() => ({ status: 400, json: { status: 400, errors } }));
  const error = await refused(account.changePassword("a", "b"));
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).fields).toEqual({
    password: ["Too short.", "Too common."],
    non_field_errors: ["Something else."],
  });
});

test("what needs a proof of who asks says so", async () => {
  const flows = [{ id: "reauthenticate" }];
  stubHttp(() => unauthorized(flows, true));
  const error = await refused(account.deactivateTotp());
  expect(error).toBeInstanceOf(ReauthenticationNeeded);
  expect(error).toMatchObject({ flows });
});

test("a token needs the same proof, by a password or by what is set up", async () => {
  stubHttp(({ path }) => {
    if (path.endsWith("/session")) return found({ user: { has_usable_password: true } });
    if (path.endsWith("/authenticators")) return found([{ type: "totp" }]);
    return { status: 403, json: { detail: "No.", code: "reauthentication_required" } };
  });
  const flows = [{ id: "reauthenticate" }, { id: "mfa_reauthenticate", types: ["totp"] }];
  expect(await refused(account.createToken("ci", 7))).toMatchObject({ flows });
});

test("the secret for an app comes with allauth's 404", async () => {
  const meta = { secret: "ABC", totp_url: "otpauth://totp/x" };
  stubHttp(() => ({ status: 404, json: { status: 404, meta } }));
  expect(await account.newTotpSecret()).toEqual(meta);
});

test("a password that is set leaves nobody signed in, and is no error", async () => {
  stubHttp(() => unauthorized([{ id: "login" }]));
  await expect(account.resetPassword("key", "new")).resolves.toBeUndefined();
});

test("without an invitation an account is refused in words", async () => {
  stubHttp(() => ({ status: 403, json: { status: 403 } }));
  const person = { username: "a", email: "a@b.example", first_name: "", last_name: "" };
  const error = await refused(account.signUp({ ...person, password: "x" }));
  expect(error.message).toMatch("needs an invitation");
});

function unauthorized(flows: unknown[], isAuthenticated = false): Answer {
  return {
    status: 401,
    json: { status: 401, data: { flows }, meta: { is_authenticated: isAuthenticated } },
  };
}

function found(data: unknown): Answer {
  return { status: 200, json: { status: 200, data } };
}

function refused(asked: Promise<unknown>): Promise<Error> {
  return asked.then(
    () => Promise.reject(new Error("it was not refused")),
    (error: Error) => error,
  );
}
