/**
 * Boards as this browser saw them last, so that they can be read while the server is away.
 *
 * Kept in IndexedDB by person and sprint. Whatever goes wrong here is not worth a word: without it
 * a reload while offline shows no board.
 */
import type { BoardState } from "./board";
import type { Role } from "./types";

export interface KeptBoard {
  state: BoardState;
  role: Role;
}

const NAME = "sprintwall";
/** Another number drops what older clients kept. */
const SCHEMA = 2;
const BOARDS = "boards";

/** The board that was kept of a sprint for a person; null when there is none. */
export async function keptBoard(username: string, sprintId: number): Promise<KeptBoard | null> {
  const found = await inBoards("readonly", (boards) => boards.get([username, sprintId]));
  return (found as KeptBoard | undefined) ?? null;
}

/** All boards that were kept for a person. */
export async function keptBoards(username: string): Promise<KeptBoard[]> {
  const found = await inBoards("readonly", (boards) => boards.getAll(allOf(username)));
  return (found as KeptBoard[] | undefined) ?? [];
}

/** Keep a board in place of the one kept before. */
export async function keepBoard(
  username: string,
  sprintId: number,
  board: KeptBoard,
): Promise<void> {
  await inBoards("readwrite", (boards) => boards.put(board, [username, sprintId]));
}

/** Forget one board of a person, who may not see it any more. */
export async function forgetBoard(username: string, sprintId: number): Promise<void> {
  await inBoards("readwrite", (boards) => boards.delete([username, sprintId]));
}

/** Forget all boards of a person. */
export async function forgetBoards(username: string): Promise<void> {
  await inBoards("readwrite", (boards) => boards.delete(allOf(username)));
}

function allOf(username: string): IDBKeyRange {
  // An array is greater than every number, so this spans all sprints.
  return IDBKeyRange.bound([username], [username, []]);
}

async function inBoards(
  mode: IDBTransactionMode,
  work: (boards: IDBObjectStore) => IDBRequest,
): Promise<unknown> {
  try {
    const database = await open();
    try {
      return await answerOf(work(database.transaction(BOARDS, mode).objectStore(BOARDS)));
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, SCHEMA);
  request.onupgradeneeded = () => {
    const database = request.result;
    for (const name of [...database.objectStoreNames]) database.deleteObjectStore(name);
    database.createObjectStore(BOARDS);
  };
  return answerOf(request);
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB refused."));
  });
}
