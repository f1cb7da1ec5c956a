// The rows of bench:messages as a table and a plot.
import { figure, markdownTable } from '../support/figures.ts';
import { dataBlock, type Plot, quoted } from '../support/plot.ts';

export { draw } from '../support/plot.ts';

export interface Row {
  readonly system: string;
  readonly lossPercent: number;
  readonly receivers: number;
  readonly bytes: number;
  readonly medianUs: number | null;
  readonly p99Us: number | null;
  readonly maxUs: number | null;
  readonly messagesPerSecond: number;
  readonly megabytesPerSecond: number;
}

export function table(rows: readonly Row[]): string {
  return markdownTable(
    ['lost', 'to', 'bytes', 'system', 'round trip: median us', '99 % us', 'max us', 'stream: messages a second', 'MB a second'],
    rows.map((row) => [
      ...[`${row.lossPercent} %`, row.receivers, row.bytes, row.system],
      ...[figure(row.medianUs), figure(row.p99Us), figure(row.maxUs)],
      ...[Math.round(row.messagesPerSecond), figure(row.megabytesPerSecond)],
    ]),
  );
}

/** Four panels: round trip and stream, without and with loss; one line a system and number of receivers. */
export function messagesPlot(file: string, rows: readonly Row[]): Plot {
  const kinds = [...new Set(rows.map((row) => `${row.system}, to ${row.receivers}`))];
  const losses = [...new Set(rows.map((row) => row.lossPercent))];
  const panels = losses.flatMap((loss) => [
    { loss, title: `round trip, median us, ${loss} % of frames lost`, of: (row: Row) => row.medianUs ?? Number.NaN },
    { loss, title: `stream, messages a second, ${loss} % of frames lost`, of: (row: Row) => row.messagesPerSecond },
  ]);
  const commands = ['set multiplot layout 2,2', 'set logscale xy', 'set xlabel "bytes"', 'set key font ",9"'];
  panels.forEach(({ loss, title, of }, panel) => {
    const blocks = kinds.map((kind) => rows.filter((row) => row.lossPercent === loss && `${row.system}, to ${row.receivers}` === kind));
    commands.push(`set title ${quoted(title)}`);
    commands.push(
      ...blocks.map((block, index) =>
        dataBlock(
          `p${panel}k${index}`,
          block.map((row) => [row.bytes, of(row)]),
        ),
      ),
    );
    commands.push(`plot ${kinds.map((kind, index) => `$p${panel}k${index} using 1:2 with linespoints title ${quoted(kind)}`).join(', ')}`);
  });
  return { file, widthPx: 1200, heightPx: 1000, commands: [...commands, 'unset multiplot'] };
}
