/** Files that are dropped on an element, and pictures that are pasted into it. */

interface Options {
  isOpen: () => boolean;
  /** Files hang over the element, or do not any more. */
  hovered: (isOver: boolean) => void;
  taken: (files: File[]) => void;
}

/** Take files from now on; returns what stops that. */
export function takeFiles(element: HTMLElement, { isOpen, hovered, taken }: Options): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  const over = (event: DragEvent) => {
    // @wc-ignore
    const hasFiles = event.dataTransfer?.types.includes("Files");
    if (!hasFiles || !isOpen()) return;
    event.preventDefault();
    hovered(true);
  };
  const left = (event: DragEvent) => {
    if (!element.contains(event.relatedTarget as Node | null)) hovered(false);
  };
  const drop = (event: DragEvent) => {
    hovered(false);
    take(event, event.dataTransfer);
  };
  const take = (event: Event, carried: DataTransfer | null) => {
    const files = [...(carried?.files ?? [])];
    if (files.length === 0 || !isOpen()) return;
    event.preventDefault();
    taken(files);
  };
  element.addEventListener("dragover", over, { signal });
  element.addEventListener("dragleave", left, { signal });
  element.addEventListener("drop", drop, { signal });
  const paste = (event: ClipboardEvent) => {
    // Office programs put a picture of the text beside it.
    if (!event.clipboardData?.types.includes("text/plain")) take(event, event.clipboardData);
  };
  element.addEventListener("paste", paste, { signal });
  return () => stopping.abort();
}
