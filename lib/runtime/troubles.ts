// What is wrong on this node right now, one sentence for each thing that can be: said until it is well again.
export class Troubles {
  readonly #sentences = new Map<string, string>();

  /** @param sentence null: well again */
  set(what: string, sentence: string | null): void {
    if (sentence === null) this.#sentences.delete(what);
    else this.#sentences.set(what, sentence);
  }

  clear(): void {
    this.#sentences.clear();
  }

  all(): string[] {
    return [...this.#sentences.values()];
  }
}
