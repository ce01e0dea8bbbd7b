/** What went wrong with signing in, in words. */
import { ApiError } from "./http";

/** A sentence for any error of `session.signIn`; allauth's own messages are passed on. */
export function signInProblem(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  if (error.status === 429) return "Too many tries. Wait a few minutes, then try again.";
  if (error.status === 403)
    return "Your browser did not send its security cookie. Reload the page and try again.";
  if (error.status === 401) return "Signing in needs another step that is not available here.";
  const listed = error.body.errors as { message?: string }[] | undefined;
  return listed?.[0]?.message ?? error.message;
}
