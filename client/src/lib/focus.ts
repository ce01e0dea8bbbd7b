/** Where the keyboard's focus goes when what had it is gone. */

/** Focus a card's link once it is drawn; nothing happens when it is not on the board. */
export function focusCard(id: number | null): void {
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>(`[data-task-id="${id}"] a`)?.focus(),
  );
}

/** Focus the board's first card, if it has one. */
export function focusFirstCard(): void {
  document.querySelector<HTMLElement>("[data-task-id] a")?.focus();
}

/** The card shown next to another in its column, else the one before it; null where it is alone. */
export function neighbourOf(id: number): number | null {
  const slot = document.getElementById(`slot-${id}`);
  const beside = [slot?.nextElementSibling, slot?.previousElementSibling];
  const found = beside.find((element) => element?.hasAttribute("data-slot"));
  return found ? Number(found.getAttribute("data-slot")) : null;
}
