/**
 * Values beside things that have an id, such as who holds a task.
 *
 * Who reads the value of one id hears of that one only. A SvelteMap tells everybody who ever looked
 * for an id that was not there of each new one: on a board that is every card.
 */
export class Marks<T> {
  #marks = new Map<number, Mark<T>>();

  get(id: number): T | undefined {
    return this.#markOf(id).value;
  }

  set(id: number, value: T): void {
    this.#markOf(id).value = value;
  }

  delete(id: number): void {
    this.#markOf(id).value = undefined;
  }

  clear(): void {
    for (const mark of this.#marks.values()) mark.value = undefined;
  }

  #markOf(id: number): Mark<T> {
    let mark = this.#marks.get(id);
    if (!mark) {
      mark = apart(() => new Mark<T>());
      this.#marks.set(id, mark);
    }
    return mark;
  }
}

class Mark<T> {
  value: T | undefined = $state.raw();
}

/** State that is made while something is drawn would belong to that, which would not follow it. */
function apart<T>(make: () => T): T {
  let made: T;
  $effect.root(() => {
    made = make();
  })();
  return made!;
}
