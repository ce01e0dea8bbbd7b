/** Forms of tasks that were opened on this board: text that could not be saved stays with them. */
import { type FormBoard, TaskForm } from "./task-form.svelte";
import { toasts } from "./toasts.svelte";

export class TaskForms {
  #forms = new Map<number, TaskForm>();
  #board: FormBoard;

  constructor(board: FormBoard) {
    this.#board = board;
  }

  /** The form of a task: the one with unsaved text when there is one, else a new one. */
  get(id: number): TaskForm {
    const form = this.#forms.get(id) ?? new TaskForm(id, this.#board);
    this.#forms.set(id, form);
    return form;
  }

  /** A panel is closed: save what is left, keep the form only if that fails. */
  async release(form: TaskForm): Promise<void> {
    if (form.isDirty) await form.saveAll();
    if (!form.isDirty) this.#forms.delete(form.id);
    else if (form.task) {
      const text = `Not everything you typed in ${form.task.key} could be saved. It is still there when you open the task.`;
      toasts.show(text, { tone: "problem" });
    }
  }

  /** True while anything typed on this board is not on the server. */
  get isDirty(): boolean {
    return [...this.#forms.values()].some((form) => form.isDirty);
  }

  /** The board or the window is left: save everything that is left. */
  leave(): void {
    for (const form of this.#forms.values()) void form.saveAll();
  }
}
