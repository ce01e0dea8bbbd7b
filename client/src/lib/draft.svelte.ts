/** Text that was typed and not sent: kept over closing its place and over a reload. */
import { browserShelf, Kept } from "./kept";

export class Draft {
  readonly #kept: Kept<string>;
  readonly #id: string;
  #text: string = $state("");

  /** `id` names the place, such as `comment.12`. */
  constructor(kept: Kept<string>, id: string) {
    this.#kept = kept;
    this.#id = id;
    this.#text = kept.get(id) ?? "";
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    try {
      if (text === "") this.#kept.remove(this.#id);
      else this.#kept.set(this.#id, text);
    } catch {
      // No room: it stays as long as this page does.
    }
  }
}

/** The drafts of a person in this window: two windows may write different things. */
export function draftsOf(username: string): Kept<string> {
  return new Kept(browserShelf("sessionStorage"), "draft", username);
}
