/** How fast a list scrolls while something is held near one of its edges. Pure. */

const ZONE_PX = 56;
const FASTEST_PX_PER_SECOND = 900;
/** A hand that keeps still trembles. */
const STILL_PX = 12;

/**
 * Pixels per second, negative towards `start`; the nearer to the edge the faster.
 *
 * `moved` is how far the hand has come since it took hold: nothing scrolls to where it did not go.
 */
export function edgeSpeed(at: number, start: number, end: number, moved: number): number {
  const zone = Math.min(ZONE_PX, (end - start) / 4);
  if (moved < -STILL_PX && at < start + zone) return -speed(start + zone - at, zone);
  if (moved > STILL_PX && at > end - zone) return speed(at - (end - zone), zone);
  return 0;
}

function speed(depth: number, zone: number): number {
  return FASTEST_PX_PER_SECOND * Math.min(1, depth / zone);
}
