/** The History API as reactive state: where we are, going elsewhere, links without a reload. */
import { releases } from "./releases";
import { keepQuery, parseRoute, type Route } from "./routes";

class Router {
  address = $state(here());
  route: Route = $derived(parseRoute(this.address));
  query = $derived(this.address.split("?", 2)[1] ?? "");

  /** Follow the browser's history and take over clicks on links of this site. */
  start(): void {
    window.addEventListener("popstate", () => (this.address = here()));
    document.addEventListener("click", (event) => this.#follow(event));
  }

  /**
   * Go to an address of this site; with `replace` the present one leaves no trace.
   *
   * What is no page of the client, such as the admin, is loaded from the server, and so is
   * everything when a newer release is there.
   */
  go(address: string, { replace = false } = {}): void {
    const next = keepQuery(this.address, address);
    const isElsewhere = releases.isOutdated && next !== this.address;
    if (isElsewhere || parseRoute(address).page === "not-found")
      return void window.location.assign(next);
    this.#show(next, replace);
  }

  /** Give the present page another query. */
  setQuery(query: string, { replace = false } = {}): void {
    const path = this.address.split("?", 1)[0]!;
    this.#show(query ? `${path}?${query}` : path, replace);
  }

  #show(address: string, replace: boolean): void {
    if (address === this.address) return;
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    this.address = here();
  }

  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || isModified(event)) return;
    const link = (event.target as Element).closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || !isOurs(link)) return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }
}

function here(): string {
  return window.location.pathname + window.location.search;
}

function isModified(event: MouseEvent): boolean {
  return event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
}

/** Pages that Django itself serves (admin, API) need a real navigation. */
function isOurs(link: HTMLAnchorElement): boolean {
  if (link.origin !== window.location.origin || link.target || link.hasAttribute("download"))
    return false;
  return parseRoute(link.pathname + link.search).page !== "not-found";
}

export const router = new Router();
