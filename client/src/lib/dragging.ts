/**
 * Cards to drag and columns to drop them on. The one module that knows the library.
 *
 * A board may have thousands of cards, so nothing is set up for each: the card under the pointer is
 * made draggable, and a column finds the card that something is dropped beside.
 */
import { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
import {
  draggable,
  dropTargetForElements,
  monitorForElements,
} from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import type { DragLocationHistory } from "@atlaskit/pragmatic-drag-and-drop/types";
import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import type { Anchor, ColumnKey } from "./columns";

type Data = Record<string | symbol, unknown>;

interface CardOptions {
  board: HTMLElement;
  canDrag: () => boolean;
  grabbed: (taskId: number) => void;
  released: (taskId: number) => void;
}

/** Make the cards of a board draggable; returns what undoes it. */
export function connectCards(options: CardOptions): () => void {
  const { board } = options;
  let ready: { card: HTMLElement; undo: () => void } | null = null;
  let isDragging = false;
  /** By touch only the handle starts a drag, so that lists can be scrolled with a finger. */
  let isGrip = true;
  const near = ({ target, pointerType, type }: PointerEvent) => {
    const card = (target as Element).closest<HTMLElement>("[data-draggable]");
    if (type === "pointerdown")
      isGrip = pointerType === "mouse" || (target as Element).closest("[data-handle]") !== null;
    if (!card || card === ready?.card || isDragging) return;
    ready?.undo();
    const changed = (dragging: boolean) => (isDragging = dragging);
    ready = { card, undo: connectCard(card, options, () => isGrip, changed) };
  };
  board.addEventListener("pointerover", near);
  board.addEventListener("pointerdown", near);
  return () => {
    board.removeEventListener("pointerover", near);
    board.removeEventListener("pointerdown", near);
    ready?.undo();
  };
}

function connectCard(
  card: HTMLElement,
  { canDrag, grabbed, released }: CardOptions,
  isGrip: () => boolean,
  changed: (isDragging: boolean) => void,
): () => void {
  const taskId = Number(card.dataset.taskId);
  return draggable({
    element: card,
    canDrag: () => isGrip() && canDrag(),
    getInitialData: () => ({ taskId }),
    onDragStart: () => {
      changed(true);
      card.dataset.dragging = "";
      grabbed(taskId);
    },
    onDrop: () => {
      changed(false);
      delete card.dataset.dragging;
      // The board hears of the drop right after this, and must still know what was in the hand.
      queueMicrotask(() => released(taskId));
    },
  });
}

interface ColumnOptions {
  column: ColumnKey;
  element: HTMLElement;
  /** The part that scrolls while something is dragged near its edges. */
  scroller: HTMLElement;
  canDrop: () => boolean;
  /** `isEnd`: over the column but over none of its cards, so the drop goes to the end. */
  overChanged: (isOver: boolean, isEnd: boolean) => void;
}

/** Make a column a place to drop cards; returns what undoes it. */
export function connectColumn(options: ColumnOptions): () => void {
  const { column, element, scroller, canDrop, overChanged } = options;
  const line = edgeLine();
  const leave = () => {
    line.show(null);
    overChanged(false, false);
  };
  const over = ({ location }: { location: DragLocationHistory }) => {
    const data = location.current.dropTargets[0]?.data ?? {};
    line.show(data.slot instanceof HTMLElement ? data.slot : null, data.edge as string);
    overChanged(true, data.anchor === null && data.isOwn !== true);
  };
  return combine(
    dropTargetForElements({
      element,
      canDrop: ({ source }) => canDrop() && "taskId" in source.data,
      getData: ({ input, source }) => ({
        column,
        ...beside(element, input.clientX, input.clientY, source.data.taskId as number),
      }),
      onDragEnter: over,
      onDrag: over,
      onDragLeave: leave,
      onDrop: leave,
    }),
    autoScrollForElements({ element: scroller }),
  );
}

interface BoardOptions {
  element: HTMLElement;
  dropped: (taskId: number, column: ColumnKey, anchor: Anchor) => void;
}

/** Watch all drops of a board and scroll it sideways; returns what undoes it. */
export function connectBoard({ element, dropped }: BoardOptions): () => void {
  return combine(
    monitorForElements({
      onDrop: ({ source, location }) => {
        const data = location.current.dropTargets.find((target) => "column" in target.data)?.data;
        if (data && data.isOwn !== true)
          dropped(source.data.taskId as number, data.column as ColumnKey, data.anchor as Anchor);
      },
    }),
    autoScrollForElements({ element }),
  );
}

/** The card under the pointer, and on which side of it; over the dragged card itself nothing. */
function beside(column: HTMLElement, x: number, y: number, taskId: number): Data {
  const slot = document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-slot]");
  if (!slot || !column.contains(slot)) return { anchor: null };
  const id = Number(slot.dataset.slot);
  if (id === taskId) return { anchor: null, isOwn: true };
  // A task that the server does not know yet is no anchor.
  if (id < 0) return { anchor: null };
  const { top, height } = slot.getBoundingClientRect();
  const isUpper = y < top + height / 2;
  const anchor: Anchor = isUpper ? { before: id } : { after: id };
  return { anchor, slot, edge: isUpper ? "top" : "bottom" };
}

/** The mark on the slot beside which something would be dropped. */
function edgeLine(): { show: (slot: HTMLElement | null, edge?: string) => void } {
  let marked: HTMLElement | null = null;
  return {
    show(slot, edge) {
      if (marked && marked !== slot) delete marked.dataset.edge;
      if (slot && edge) slot.dataset.edge = edge;
      marked = slot;
    },
  };
}
