/** Asks once more who is there, where the server wants to know before it does what was asked. */
import { type Flow, ReauthenticationNeeded } from "./allauth";

export class Reauthentication {
  /** What the person may show; null while nothing is asked. */
  flows: Flow[] | null = $state.raw(null);
  #settle: ((isConfirmed: boolean) => void) | null = null;

  /** Do it, and after a confirmation once more; raises `ReauthenticationNeeded` without one. */
  async confirmed<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ReauthenticationNeeded)) throw error;
      await this.confirm(error.flows);
      return work();
    }
  }

  /** Ask now, by what the person may show, if anything; raises `ReauthenticationNeeded` as above. */
  async confirm(flows: Flow[]): Promise<void> {
    if (flows.length > 0 && !(await this.#ask(flows))) throw new ReauthenticationNeeded(flows);
  }

  /** The question was answered, or put away. */
  settle(isConfirmed: boolean): void {
    this.flows = null;
    this.#settle?.(isConfirmed);
    this.#settle = null;
  }

  #ask(flows: Flow[]): Promise<boolean> {
    this.flows = flows;
    return new Promise((resolve) => (this.#settle = resolve));
  }
}
