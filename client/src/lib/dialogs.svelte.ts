/** Which of the page's own dialogs is open: one at most. */

export type DialogName = "palette" | "keys" | "settings";

class Dialogs {
  open: DialogName | null = $state(null);

  show(name: DialogName): void {
    this.open = name;
  }

  close(): void {
    this.open = null;
  }
}

export const dialogs = new Dialogs();
