// How the demo speaks: numbered steps, tables and time lines that fit 80 columns. On a terminal there is
// colour and a line that shows what is being waited for; into a file or a pipe goes the same text, plain.
import { type Paint, paintFor } from '../cli/output.ts';
import { table } from '../cli/table.ts';

const SPINNER = ['|', '/', '-', '\\'];
const TURN_MS = 120;

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export class Teller {
  readonly paint: Paint;
  readonly #output: Output;
  #steps = 0;

  constructor(output: Output) {
    this.#output = output;
    this.paint = paintFor(output);
  }

  say(text = ''): void {
    this.#output.write(`${text}\n`);
  }

  step(text: string): void {
    this.#steps += 1;
    this.say(`\n${this.paint('bold', `${this.#steps}. ${text}`)}`);
  }

  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    this.say(table(head, rows, this.paint).replaceAll(/^/gm, ' '));
  }

  /** Shows `text` while `work` is under way, where there is a terminal to show it on; leaves no trace. */
  async during<T>(text: string, work: Promise<T>): Promise<T> {
    if (this.#output.isTTY !== true) return work;
    let frame = 0;
    const draw = (): void => {
      this.#output.write(`\r   ${this.paint('cyan', SPINNER[frame % SPINNER.length] ?? '')} ${text}\u001b[K`);
      frame += 1;
    };
    draw();
    const timer = setInterval(draw, TURN_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      this.#output.write('\r\u001b[K');
    }
  }
}
