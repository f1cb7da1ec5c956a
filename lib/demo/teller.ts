// How the demo speaks: numbered steps, tables and time lines that fit 80 columns. On a terminal there is
// colour and a line that shows what is being waited for; into a file or a pipe goes the same text, plain.

type Paint = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

const CODES: Readonly<Record<Paint, number>> = { bold: 1, dim: 2, green: 32, yellow: 33, red: 31, cyan: 36 };
const SPINNER = ['|', '/', '-', '\\'];

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export class Teller {
  readonly #output: Output;
  readonly #live: boolean;
  readonly #colour: boolean;
  #steps = 0;

  constructor(output: Output, environment: NodeJS.ProcessEnv = process.env) {
    this.#output = output;
    this.#live = output.isTTY === true && environment['TERM'] !== 'dumb';
    this.#colour = this.#live && (environment['NO_COLOR'] ?? '') === '';
  }

  paint(paint: Paint, text: string): string {
    return this.#colour ? `\u001b[${CODES[paint]}m${text}\u001b[0m` : text;
  }

  say(text = ''): void {
    this.#output.write(`${text}\n`);
  }

  step(text: string): void {
    this.#steps += 1;
    this.say();
    this.say(`${this.paint('bold', `${this.#steps}. ${text}`)}`);
  }

  /** Shows `text` while `work` is under way, where there is a terminal to show it on; leaves no trace. */
  async while<T>(text: string, work: Promise<T>): Promise<T> {
    if (!this.#live) return work;
    let frame = 0;
    const draw = (): void => {
      const turn = SPINNER[frame % SPINNER.length] ?? '';
      this.#output.write(`\r   ${this.paint('cyan', turn)} ${text}\u001b[K`);
      frame += 1;
    };
    draw();
    const timer = setInterval(draw, 120);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      this.#output.write('\r\u001b[K');
    }
  }

  /** Columns as wide as their widest cell; the first row is the head. */
  table(rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
    rows.forEach((row, index) => {
      const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ').trimEnd();
      this.say(`   ${index === 0 ? this.paint('dim', line) : line}`);
    });
  }
}
