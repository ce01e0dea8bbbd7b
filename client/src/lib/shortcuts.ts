/** The keys of the product, as the help and docs/keyboard.md list them. */

export interface Shortcut {
  /** Several where any of them does it; joined by `+` where they are pressed together. */
  keys: readonly string[];
  does: string;
}

export interface ShortcutGroup {
  title: string;
  shortcuts: readonly Shortcut[];
}

export const SHORTCUTS: readonly ShortcutGroup[] = [
  {
    title: "Cards",
    shortcuts: [
      { keys: ["↑", "↓", "←", "→"], does: "Walk from card to card" },
      { keys: ["Home", "End"], does: "First and last card of the column" },
      { keys: ["Enter"], does: "Open the task" },
      { keys: ["e"], does: "Open the task and edit its name" },
      { keys: ["m"], does: "Menu of the card" },
      { keys: ["n"], does: "New task in the column" },
    ],
  },
  {
    title: "Moving a card",
    shortcuts: [
      { keys: ["Space"], does: "Pick the card up" },
      { keys: ["↑", "↓", "←", "→"], does: "Carry it within its column and to the next one" },
      { keys: ["Home", "End"], does: "Carry it to the top or the end of the column" },
      { keys: ["Enter", "Space"], does: "Drop it" },
      { keys: ["Escape"], does: "Put it back" },
    ],
  },
  {
    title: "Everywhere",
    shortcuts: [
      { keys: ["Ctrl+K", "⌘+K"], does: "Go to anything, do anything" },
      { keys: ["/"], does: "Filter the board" },
      { keys: ["Ctrl+Z", "⌘+Z"], does: "Undo what you did last" },
      { keys: ["Ctrl+Shift+Z", "⌘+Shift+Z"], does: "Do again what you undid" },
      { keys: ["?"], does: "Show these keys" },
      { keys: ["Escape"], does: "Close what is open" },
    ],
  },
];
