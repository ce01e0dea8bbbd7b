/** What a form is at: busy, or refused with the server's words beside the fields they are about. */
import { ApiError, type FieldErrors } from "./http";

export class FormState {
  errors: FieldErrors = $state.raw({});
  /** What concerns no single field. */
  problem = $state("");
  isBusy = $state(false);
  #fields: ReadonlySet<string>;

  /** `fields` are those that show their own errors; every other error becomes `problem`. */
  constructor(...fields: string[]) {
    this.#fields = new Set(fields);
  }

  /** Do it; false when it was refused, with the reason in `errors` and `problem`. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    this.isBusy = true;
    this.clear();
    try {
      await work();
      return true;
    } catch (error) {
      this.#refused(error as Error);
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  /** Forget what was refused before. */
  clear(): void {
    this.errors = {};
    this.problem = "";
  }

  #refused(error: Error): void {
    const fields = error instanceof ApiError ? error.fields : {};
    const others = Object.entries(fields).filter(([field]) => !this.#fields.has(field));
    this.errors = fields;
    if (others.length > 0) this.problem = others.flatMap(([, messages]) => messages).join(" ");
    else if (Object.keys(fields).length === 0) this.problem = error.message;
  }
}
