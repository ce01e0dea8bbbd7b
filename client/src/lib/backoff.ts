/** When to try again: full jitter, so that a thousand clients do not come back at one moment. */

const BASE_MS = 500;
const CAP_MS = 20_000;

/**
 * Milliseconds to wait before try number `attempt` (0 for the first, which is jittered too).
 *
 * Uniform over 0..min(20 s, 0.5 s * 2^attempt), from docs/realtime-protocol.md.
 */
export function retryDelay(attempt: number, random: () => number): number {
  return random() * Math.min(CAP_MS, BASE_MS * 2 ** attempt);
}
