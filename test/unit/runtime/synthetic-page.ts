// A statistics page as the beat thread would write it, for tests without one.
import { PAGE_WORDS } from '../../../lib/runtime/statistics-layout.ts';

export class SyntheticPage {
  readonly page: ArrayBuffer = new ArrayBuffer(PAGE_WORDS * 8);
  readonly #words: BigUint64Array = new BigUint64Array(this.page);

  set(word: number, value: number | bigint): this {
    this.#words[word] = BigInt(value);
    return this;
  }
}
