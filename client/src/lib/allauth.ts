/**
 * How django-allauth answers at its headless API, in the terms of the rest of the client.
 *
 * What is asked of it stands in `account.ts`. Its 401 is no failure: it says which step comes next.
 */
import { ApiError, type Call, type FieldErrors, request } from "./http";

const ROOT = "/_allauth/browser/v1";

/** A way on that a 401 offers. */
export interface Flow {
  id: string;
  is_pending?: boolean;
  /** Of `mfa_authenticate` and `mfa_reauthenticate`: what the person has set up. */
  types?: FactorType[];
}

export type FactorType = "totp" | "recovery_codes" | "webauthn";

/** Whoever is signed in must show once more that it is them. */
export class ReauthenticationNeeded extends Error {
  constructor(readonly flows: Flow[]) {
    super("Confirm that it is you.");
    this.name = "ReauthenticationNeeded";
  }
}

/**
 * Ask allauth; returns `data` of its answer.
 *
 * Raises `ApiError` with messages by field, and `ReauthenticationNeeded` where it wants that.
 */
export async function ask<T>(path: string, call: Call = {}): Promise<T> {
  try {
    return (await request<{ data: T } | null>(`${ROOT}/${path}`, call))?.data as T;
  } catch (error) {
    throw error instanceof ApiError ? translated(error) : error;
  }
}

/** The address of something here, for forms that the browser itself sends. */
export function addressOf(path: string): string {
  return `${ROOT}/${path}`;
}

/** What a 401 says about who is asking. */
export function flowsOf(error: unknown): Flow[] {
  if (!(error instanceof ApiError) || error.status !== 401) return [];
  return (error.body.data as { flows?: Flow[] } | undefined)?.flows ?? [];
}

/** The step that has begun and is not done; null when there is none. */
export function pendingFlow(error: unknown): Flow | null {
  return flowsOf(error).find((flow) => flow.is_pending) ?? null;
}

function translated(error: ApiError): Error {
  const meta = error.body.meta as { is_authenticated?: boolean } | undefined;
  if (error.status === 401 && meta?.is_authenticated)
    return new ReauthenticationNeeded(flowsOf(error));
  const listed = error.body.errors as { message: string; param?: string }[] | undefined;
  if (!listed) return error;
  const fields: FieldErrors = {};
  for (const { param = "non_field_errors", message } of listed)
    (fields[param] ??= []).push(message);
  return new ApiError(error.status, fields);
}
