/** Cards and columns as things to drag and to drop on. The one module that knows the library. */
import { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
import {
  draggable,
  dropTargetForElements,
  monitorForElements,
} from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import type { DragLocationHistory } from "@atlaskit/pragmatic-drag-and-drop/types";
import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import {
  attachClosestEdge,
  extractClosestEdge,
} from "@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge";
import type { Anchor, ColumnKey } from "./columns";

type Data = Record<string | symbol, unknown>;

export type DropEdge = "top" | "bottom" | null;

interface CardOptions {
  taskId: number;
  /** What is picked up. */
  card: HTMLElement;
  /** Where others are dropped: the card with the space around it, so that there are no gaps. */
  slot: HTMLElement;
  /** By touch only this starts a drag, so that the list can be scrolled with a finger. */
  handle: HTMLElement | null;
  canDrag: () => boolean;
  draggingChanged: (isDragging: boolean) => void;
  edgeChanged: (edge: DropEdge) => void;
}

/** Make a card draggable and its slot a place to drop others; returns what undoes it. */
export function connectCard(options: CardOptions): () => void {
  const { taskId, card, slot, canDrag, draggingChanged, edgeChanged } = options;
  const showEdge = ({ self }: { self: { data: Data } }) => edgeChanged(edgeOf(self.data));
  return combine(
    draggable({
      element: card,
      canDrag: mayStart(options),
      getInitialData: () => ({ taskId }),
      onDragStart: () => draggingChanged(true),
      onDrop: () => draggingChanged(false),
    }),
    dropTargetForElements({
      element: slot,
      canDrop: ({ source }) => canDrag() && source.data.taskId !== taskId,
      getData: ({ input, element }) =>
        attachClosestEdge(
          { anchorId: taskId },
          { input, element, allowedEdges: ["top", "bottom"] },
        ),
      onDragEnter: showEdge,
      onDrag: showEdge,
      onDragLeave: () => edgeChanged(null),
      onDrop: () => edgeChanged(null),
    }),
  );
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
  const showOver = ({ location }: { location: DragLocationHistory }) =>
    overChanged(true, location.current.dropTargets[0]?.element === element);
  return combine(
    dropTargetForElements({
      element,
      canDrop: ({ source }) => canDrop() && "taskId" in source.data,
      getData: () => ({ column }),
      onDragEnter: showOver,
      onDrag: showOver,
      onDragLeave: () => overChanged(false, false),
      onDrop: () => overChanged(false, false),
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
        const targets = location.current.dropTargets.map((target) => target.data);
        const column = targets.find((data) => "column" in data)?.column as ColumnKey | undefined;
        if (column !== undefined)
          dropped(source.data.taskId as number, column, anchorFrom(targets));
      },
    }),
    autoScrollForElements({ element }),
  );
}

function mayStart({ card, handle, canDrag }: CardOptions): () => boolean {
  let isGrip = true;
  card.addEventListener("pointerdown", (event) => {
    const isOnHandle = handle?.contains(event.target as Node) ?? false;
    isGrip = event.pointerType === "mouse" || isOnHandle;
  });
  return () => isGrip && canDrag();
}

function edgeOf(data: Data): DropEdge {
  return extractClosestEdge(data) as DropEdge;
}

function anchorFrom(targets: readonly Data[]): Anchor {
  const card = targets.find((data) => "anchorId" in data);
  if (!card) return null;
  const id = card.anchorId as number;
  return edgeOf(card) === "top" ? { before: id } : { after: id };
}
