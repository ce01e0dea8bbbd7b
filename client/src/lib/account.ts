/** Accounts: signing in and up, passwords, second factors, sessions, tokens. One function each. */
import {
  ask,
  type FactorType,
  type Flow,
  flowsOf,
  pendingFlow,
  ReauthenticationNeeded,
} from "./allauth";
import { ApiError, request, requestAll } from "./http";
import { createPasskey, usePasskey } from "./passkeys";
import type { Identity, Provider } from "./providers";

/** What this installation offers. */
export interface Offers {
  isOpenForSignup: boolean;
  providers: Provider[];
  hasPasskeys: boolean;
}

/**
 * What comes after a step of signing in: nothing more, a second factor, for who comes from a
 * provider what an account needs besides, or something else.
 */
export type NextStep =
  | { step: "done" }
  | { step: "second-factor"; types: FactorType[] }
  | { step: "new-account" }
  | { step: "other"; flow: string };

export interface NewPerson {
  username: string;
  email: string;
  first_name: string;
  last_name: string;
  password: string;
}

export interface EmailAddress {
  email: string;
  verified: boolean;
  primary: boolean;
}

/** Times here are seconds since 1970. */
export type Authenticator = { created_at: number; last_used_at: number | null } & (
  | { type: "totp" }
  | { type: "recovery_codes"; total_code_count: number; unused_code_count: number }
  | { type: "webauthn"; id: number; name: string; is_passwordless?: boolean }
);

export interface TotpSecret {
  secret: string;
  totp_url: string;
}

export interface OpenSession {
  id: number;
  user_agent: string;
  ip: string;
  created_at: number;
  last_seen_at?: number;
  is_current: boolean;
}

export interface ApiToken {
  id: string;
  /** The token begins with it. */
  prefix: string;
  name: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

/** What one may do here without an account. */
export async function offers(): Promise<Offers> {
  const config = await ask<{
    account: { is_open_for_signup: boolean };
    socialaccount?: { providers: Provider[] };
    mfa?: { passkey_login_enabled: boolean };
  }>("config");
  return {
    isOpenForSignup: config.account.is_open_for_signup,
    providers: config.socialaccount?.providers ?? [],
    hasPasskeys: config.mfa?.passkey_login_enabled ?? false,
  };
}

/** Begin to sign in by username or e-mail address; `ApiError` 400 for wrong ones. */
export async function signIn(login: string, password: string): Promise<NextStep> {
  await prepareCsrf();
  const who = login.includes("@") ? { email: login } : { username: login };
  return step("auth/login", { ...who, password });
}

/** The step at which somebody is, as after a provider's page; null where nothing has begun. */
export async function begunStep(): Promise<NextStep | null> {
  try {
    await ask("auth/session");
    return null;
  } catch (error) {
    const flow = pendingFlow(error);
    const next = flow && stepOf(flow);
    return next?.step === "other" ? null : next;
  }
}

/** Show the second factor: a code of the app or one of the recovery codes. */
export function enterCode(code: string): Promise<NextStep> {
  return step("auth/2fa/authenticate", { code });
}

/** Show a passkey as the second factor. */
export function showPasskey(): Promise<NextStep> {
  return stepByPasskey("auth/webauthn/authenticate");
}

/** Sign in by a passkey alone. */
export async function signInByPasskey(): Promise<NextStep> {
  await prepareCsrf();
  return stepByPasskey("auth/webauthn/login");
}

/** Give up a sign-in that waits for its second factor. */
export async function abandonSignIn(): Promise<void> {
  await signedOut(ask("auth/session", { method: "DELETE" }));
}

/** Make an account and sign in with it. */
export async function signUp(person: NewPerson): Promise<NextStep> {
  await prepareCsrf();
  return ifOpen(step("auth/signup", person));
}

/** What a provider tells of somebody who has no account yet. */
export async function newcomer(): Promise<{ provider: string; username: string; email: string }> {
  const { user, account, email } = await ifOpen(
    ask<{
      user: { username?: string };
      account: Identity;
      email: EmailAddress[];
    }>("auth/provider/signup"),
  );
  const [address] = email;
  return {
    provider: account.provider.name,
    username: user.username ?? "",
    email: address?.email ?? "",
  };
}

/** Make an account for who comes from a provider, and sign in with it. */
export function signUpFromProvider(username: string, email: string): Promise<NextStep> {
  return ifOpen(step("auth/provider/signup", { username, email }));
}

/** Have a link mailed that sets a new password; the answer does not tell whether it went. */
export async function requestPasswordReset(email: string): Promise<void> {
  await prepareCsrf();
  await ask("auth/password/request", { method: "POST", body: { email } });
}

/** Whose password a link sets; `ApiError` 400 when it counts no more. */
export async function passwordResetOf(key: string): Promise<string> {
  const headers = { "X-Password-Reset-Key": key };
  const found = await ask<{ user: { username: string } }>("auth/password/reset", { headers });
  return found.user.username;
}

/** Set a new password by such a link. */
export async function resetPassword(key: string, password: string): Promise<void> {
  await prepareCsrf();
  await signedOut(ask("auth/password/reset", { method: "POST", body: { key, password } }));
}

/** The address that a link confirms; `ApiError` 400 when it counts no more. */
export async function verifiedAddressOf(key: string): Promise<string> {
  const headers = { "X-Email-Verification-Key": key };
  return (await ask<{ email: string }>("auth/email/verify", { headers })).email;
}

/** Confirm an address by such a link. */
export async function verifyEmail(key: string): Promise<void> {
  await prepareCsrf();
  await signedOut(ask("auth/email/verify", { method: "POST", body: { key } }));
}

/** Show again that it is us, by password. */
export function reauthenticate(password: string): Promise<void> {
  return ask("auth/reauthenticate", { method: "POST", body: { password } });
}

/** Show again that it is us, by a code. */
export function reauthenticateByCode(code: string): Promise<void> {
  return ask("auth/2fa/reauthenticate", { method: "POST", body: { code } });
}

/** Show again that it is us, by a passkey. */
export async function reauthenticateByPasskey(): Promise<void> {
  const credential = await chosenPasskey("auth/webauthn/reauthenticate");
  await ask("auth/webauthn/reauthenticate", { method: "POST", body: { credential } });
}

export function changePassword(current_password: string, new_password: string): Promise<void> {
  const body = { current_password, new_password };
  return ask("account/password/change", { method: "POST", body });
}

export function emailAddresses(): Promise<EmailAddress[]> {
  return ask("account/email");
}

/** Ask for another address; it counts once its link was opened. */
export function changeEmail(email: string): Promise<EmailAddress[]> {
  return ask("account/email", { method: "POST", body: { email } });
}

/** Send the link once more; `ApiError` 403 when one went out a moment ago. */
export function sendVerification(email: string): Promise<void> {
  return ask("account/email", { method: "PUT", body: { email } });
}

export function authenticators(): Promise<Authenticator[]> {
  return ask("account/authenticators");
}

/** A new secret for an app; the server keeps it until it is confirmed by a code. */
export async function newTotpSecret(): Promise<TotpSecret> {
  try {
    await ask("account/authenticators/totp");
  } catch (error) {
    // allauth answers 404, since there is none yet, and brings the proposal along.
    const isProposal = error instanceof ApiError && error.status === 404;
    if (isProposal && error.body.meta) return error.body.meta as TotpSecret;
    throw error;
  }
  throw new Error("Two-step sign-in is on already.");
}

/** Switch two-step sign-in on. */
export function activateTotp(code: string): Promise<void> {
  return ask("account/authenticators/totp", { method: "POST", body: { code } });
}

export function deactivateTotp(): Promise<void> {
  return ask("account/authenticators/totp", { method: "DELETE" });
}

/** The codes that are left; allauth shows them once, then there are none to see. */
export async function recoveryCodes(): Promise<string[]> {
  const found = await ask<{ unused_codes?: string[] }>("account/authenticators/recovery-codes");
  return found.unused_codes ?? [];
}

/** New recovery codes; the old ones count no more. */
export async function newRecoveryCodes(): Promise<string[]> {
  const path = "account/authenticators/recovery-codes";
  const made = await ask<{ unused_codes: string[] }>(path, { method: "POST", body: {} });
  return made.unused_codes;
}

/** Make a passkey in this browser and register it; true when recovery codes came with it. */
export async function addPasskey(name: string): Promise<void> {
  const path = "account/authenticators/webauthn";
  const options = await ask<{ creation_options: CredentialCreationOptionsJson }>(
    `${path}?passwordless`,
  );
  const credential = await createPasskey(options.creation_options.publicKey);
  await ask(path, { method: "POST", body: { name, credential } });
}

export function removePasskey(id: number): Promise<void> {
  const body = { authenticators: [id] };
  return ask("account/authenticators/webauthn", { method: "DELETE", body });
}

export function sessions(): Promise<OpenSession[]> {
  return ask("auth/sessions");
}

export function endSessions(ids: number[]): Promise<OpenSession[]> {
  return ask("auth/sessions", { method: "DELETE", body: { sessions: ids } });
}

/** One's API tokens. */
export function tokens(): Promise<ApiToken[]> {
  return requestAll("/api/tokens/?page_size=100");
}

/** Make a token; its text is in this answer and nowhere else. */
export async function createToken(
  name: string,
  days: number,
): Promise<ApiToken & { token: string }> {
  try {
    return await request("/api/tokens/", { method: "POST", body: { name, days } });
  } catch (error) {
    const isAsked = error instanceof ApiError && error.body.code === "reauthentication_required";
    throw isAsked ? new ReauthenticationNeeded(await reauthenticationFlows()) : error;
  }
}

export function deleteToken(id: ApiToken["id"]): Promise<null> {
  return request(`/api/tokens/${id}/`, { method: "DELETE" });
}

/** What allauth itself would offer, where it does not ask by itself. */
export async function reauthenticationFlows(): Promise<Flow[]> {
  const [{ user }, factors] = await Promise.all([
    ask<{ user: { has_usable_password: boolean } }>("auth/session"),
    authenticators(),
  ]);
  const types = factors.map(({ type }) => type);
  return [
    ...(user.has_usable_password ? [{ id: "reauthenticate" }] : []),
    ...(types.length > 0 ? [{ id: "mfa_reauthenticate", types }] : []),
  ];
}

interface CredentialCreationOptionsJson {
  publicKey: PublicKeyCredentialCreationOptionsJSON;
}

async function step(path: string, body: unknown): Promise<NextStep> {
  try {
    await ask(path, { method: "POST", body });
    return { step: "done" };
  } catch (error) {
    const flow = pendingFlow(error);
    if (flow) return stepOf(flow);
    throw error;
  }
}

function stepOf(flow: Flow): NextStep {
  if (flow.id === "provider_signup") return { step: "new-account" };
  if (flow.id !== "mfa_authenticate") return { step: "other", flow: flow.id };
  return { step: "second-factor", types: flow.types ?? [] };
}

async function stepByPasskey(path: string): Promise<NextStep> {
  return step(path, { credential: await chosenPasskey(path) });
}

async function chosenPasskey(path: string): Promise<unknown> {
  const found = await ask<{
    request_options: { publicKey: PublicKeyCredentialRequestOptionsJSON };
  }>(path);
  return usePasskey(found.request_options.publicKey);
}

/** Say in words to whom no account is given. */
async function ifOpen<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 403)) throw error;
    const detail = "An account needs an invitation that is open. Open its link once more.";
    throw new ApiError(403, { detail });
  }
}

/** allauth answers 401 where all went well and nobody is signed in afterwards. */
async function signedOut(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (flowsOf(error).length === 0) throw error;
  }
}

/** A browser that comes back after a long time may have lost the cookie. */
async function prepareCsrf(): Promise<void> {
  if (document.cookie.includes("csrftoken=")) return;
  await signedOut(ask("auth/session"));
}
