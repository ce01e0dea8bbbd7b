/** Lets the browser keep this release for offline use, and tells when a newer one is there. */

/** A first visit needs its line for the board itself. */
const AFTER_LOAD_MS = 3_000;

class Releases {
  /** True once a newer release has taken over: the next page is to be loaded from the server. */
  isOutdated = false;

  /** Register the service worker, and look for a newer one whenever the page is looked at again. */
  watch(workers: ServiceWorkerContainer): void {
    let isFirst = workers.controller === null;
    workers.addEventListener("controllerchange", () => {
      this.isOutdated = !isFirst;
      isFirst = false;
    });
    window.addEventListener("load", () => setTimeout(() => void register(workers), AFTER_LOAD_MS));
  }
}

async function register(workers: ServiceWorkerContainer): Promise<void> {
  try {
    const registration = await workers.register("/service-worker.js");
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") registration.update().catch(() => undefined);
    });
  } catch {
    // Forbidden, or full: then there is no board without the server.
  }
}

export const releases = new Releases();
