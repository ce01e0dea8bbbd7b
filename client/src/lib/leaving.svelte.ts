/** Signing out, from wherever it is asked for. */
import { router } from "./router.svelte";
import { session } from "./session.svelte";
import { toasts } from "./toasts.svelte";

class Leaving {
  /** What the server does not have yet would be forgotten: is that wanted? */
  isAsking = $state(false);

  async leave(): Promise<void> {
    if (session.unsent > 0 && !this.isAsking) return void (this.isAsking = true);
    this.isAsking = false;
    try {
      await session.signOut();
      router.go("/sign-in");
    } catch (error) {
      toasts.show((error as Error).message, { tone: "problem" });
    }
  }
}

export const leaving = new Leaving();
