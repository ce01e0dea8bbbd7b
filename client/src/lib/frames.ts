/** What comes in, handed on in step with what is drawn. */

/** The page's frames; `next` calls back right before the next one is drawn. */
export interface Frames {
  areDrawn(): boolean;
  next(draw: () => void): void;
}

const pageFrames: Frames = {
  // A hidden page draws none.
  areDrawn: () => document.visibilityState === "visible",
  next: (draw) => requestAnimationFrame(draw),
};

/**
 * Pass things to `take` in their order: the first at once, while the browser waits for its next
 * frame, and all that come until then in one go.
 */
export function inStepWithFrames<T>(
  take: (things: T[]) => void,
  frames: Frames = pageFrames,
): (things: readonly T[]) => void {
  const waiting: T[] = [];
  let isFrameDue = false;
  const handOn = () => take(waiting.splice(0));
  return (things) => {
    waiting.push(...things);
    if (!frames.areDrawn()) return handOn();
    if (isFrameDue) return;
    handOn();
    isFrameDue = true;
    frames.next(() => {
      isFrameDue = false;
      if (waiting.length > 0) handOn();
    });
  };
}
