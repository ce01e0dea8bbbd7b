/**
 * What others did while one was away: read when a board is opened or come back to.
 *
 * The server keeps how far one has seen the board. It is told that only once the news has been read
 * and there was time to take it in, so that who looks in for a moment finds it again.
 */
import type { BoardStore } from "./board-store.svelte";
import { type BoardNews, readNews, tellSeen } from "./news-api";
import type { Surroundings } from "./socket";

const AWAY_MS = 5 * 60_000;
const TAKE_IN_MS = 20_000;
const TELL_EVERY_MS = 3 * 60_000;

export type NewsBoard = Pick<BoardStore, "sprintId" | "live" | "state" | "unseen">;

export interface NewsSurroundings extends Pick<Surroundings, "now" | "after"> {
  isVisible(): boolean;
}

export class News {
  /** Null when there is nothing to tell. */
  told: BoardNews | null = $state.raw(null);
  #board: NewsBoard;
  #env: NewsSurroundings;
  #phase: "unread" | "reading" | "read" | "taken-in" = "unread";
  #hiddenAt: number | null = null;
  #stopWaiting: () => void = () => undefined;

  constructor(board: NewsBoard, env: NewsSurroundings) {
    this.#board = board;
    this.#env = env;
  }

  /** The board is live now, or looked at: read the news unless that is done. */
  async look(): Promise<void> {
    if (this.#phase !== "unread" || !this.#isLive || !this.#env.isVisible()) return;
    this.#phase = "reading";
    try {
      this.#take(await readNews(this.#board.sprintId));
    } catch {
      this.#phase = "unread";
    }
  }

  /** The page is not looked at any more, or about to go. */
  hide(): void {
    if (this.#hiddenAt !== null) return;
    this.#hiddenAt = this.#env.now();
    this.#stopWaiting();
    this.#tellSeen();
  }

  /** The page is looked at again. */
  show(): void {
    const away = this.#env.now() - (this.#hiddenAt ?? Infinity);
    this.#hiddenAt = null;
    if (away > AWAY_MS) this.#phase = "unread";
    if (this.#phase === "unread") void this.look();
    else this.#wait(TAKE_IN_MS);
  }

  /** All of it is known. */
  dismiss(): void {
    this.told = null;
    this.#board.unseen.clear();
    if (this.#phase === "read") this.#phase = "taken-in";
    this.#tellSeen();
  }

  get #isLive(): boolean {
    return this.#board.live === "live";
  }

  /** What is still shown from before stays when nothing came after it. */
  #take(news: BoardNews): void {
    const isNothing = news.count === 0;
    this.#phase = isNothing ? "taken-in" : "read";
    if (!isNothing) this.told = news;
    for (const id of news.tasks) this.#board.unseen.set(id, true);
    this.#wait(TAKE_IN_MS);
  }

  #wait(ms: number): void {
    this.#stopWaiting();
    if (!this.#env.isVisible()) return;
    this.#stopWaiting = this.#env.after(ms, () => {
      if (this.#phase === "read") this.#phase = "taken-in";
      this.#tellSeen();
      this.#wait(TELL_EVERY_MS);
    });
  }

  /** What cannot be told now is told the next time. */
  #tellSeen(): void {
    const positions = this.#board.state?.positions;
    if (this.#phase !== "taken-in" || !this.#isLive || !positions) return;
    void tellSeen(this.#board.sprintId, positions).catch(() => undefined);
  }
}
