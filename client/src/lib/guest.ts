/** A guest's board: read by a public link, by nobody who is signed in. */
import { type BoardSource, BoardStore } from "./board-store.svelte";
import { Kept, memoryShelf } from "./kept";
import { type Entry, Outbox } from "./outbox.svelte";
import { browserSurroundings } from "./surroundings";
import { sharedBoard, sharedTicket } from "./team";

/** Load the board that a public link opens; `ApiError` 404 or 410 when it opens none. */
export async function guestBoard(token: string): Promise<BoardStore> {
  let first = await sharedBoard(token).then((board) => [board]);
  const { id } = first[0]!.sprint;
  const source: BoardSource = {
    board: async () => {
      const [loaded] = first;
      first = [];
      return loaded ?? sharedBoard(token);
    },
    ticket: () => sharedTicket(token),
    isGuest: true,
  };
  return new BoardStore(id, "", emptyOutbox(), source);
}

/** Guests change nothing, so it stays empty. */
function emptyOutbox(): Outbox {
  const kept = new Kept<Entry>(memoryShelf(), "outbox", "");
  return new Outbox(kept, { ...browserSurroundings, exclusively: (work) => work() });
}
