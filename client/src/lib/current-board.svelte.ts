/** The board that is open in this window, for what belongs to no page. */
import type { BoardStore } from "./board-store.svelte";

class CurrentBoard {
  store: BoardStore | null = $state.raw(null);
}

export const currentBoard = new CurrentBoard();
