/** Run `task` once the browser has nothing better to do; some browsers cannot tell, and wait a second. */
export function whenIdle(task: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(task);
  else setTimeout(task, 1_000);
}
