// A process of its own, which does to a folder what one node does to its disk in a change of parameters, and marks in the file
// `marks` what it could have said by then. Its calls are written down from outside (disk_trace.cc).
//
//   traced-change.js <folder> <node> <pages that its log of decisions has already>
import { appendFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { step } from '../../../lib/protocol/node.ts';
import type { ParameterChange } from '../../../lib/protocol/parameters/parameters.ts';
import type { Effect } from '../../../lib/protocol/types.ts';
import type { RoundRecord } from '../../../lib/protocol/rounds/state.ts';
import { ConfigurationDesk } from '../../../lib/runtime/configuration-desk.ts';
import { ConfigurationVersions } from '../../../lib/runtime/configuration-versions.ts';
import { DecisionLog } from '../../../lib/runtime/decision-log.ts';
import { presentParameters } from '../../../lib/runtime/parameter-desk.ts';
import { writeParameters } from '../../../lib/runtime/parameter-file.ts';
import { sample } from '../../unit/config/samples.ts';
import { configs, formed } from './begin.ts';
import { feed } from './drive.ts';
import { branch, type Model } from './model.ts';
import { settled } from './settle.ts';

const [directory = '', node = '', pages = '0'] = process.argv.slice(2);
const PAGE_BYTES = 4096 + 24;
const change: ParameterChange = { base: 0n, wishes: [{ name: 'messages.send_window', node: null, pair: null, value: 48 }] };

type Written = Extract<Effect, { type: 'record' | 'keepParameters' }>;

/** What the protocol of this node writes in the change, in its order. */
function effectsOf(id: number): Written[] {
  const all: Written[] = [];
  const noting: Model['step'] = (state, event, nowMs) => {
    const result = step(state, event, nowMs);
    if (state.self.node === id)
      for (const each of result.effects) if (each.type === 'record' || each.type === 'keepParameters') all.push(each);
    return result;
  };
  const model = { ...branch(formed({})), step: noting };
  feed(model, 3, { type: 'command', id: 0, command: { name: 'propose', kind: 'parameters', body: change, timeoutMs: 10_000 } });
  settled(model, configs);
  return all;
}

const mark = (text: string): void => appendFileSync(join(directory, 'marks'), `${text}\n`);
const log = new DecisionLog(directory);
const written = (number: bigint, record: RoundRecord): Promise<void> =>
  new Promise((resolve, reject) => log.record(number, record, (error) => (error === null ? resolve() : reject(error))));

/** Others' records, so that SQLite moves its log into its database in the middle of the change. */
async function fill(record: RoundRecord): Promise<void> {
  const path = join(directory, 'decisions.db-wal');
  for (let number = 1n; !existsSync(path) || statSync(path).size < Number(pages) * PAGE_BYTES; number++)
    await written(number, { ...record, opening: { ...record.opening, number, kind: 'commit' } });
}

const effects = effectsOf(Number(node));
const [first] = effects;
const versions = ConfigurationVersions.open(directory);
const desk = new ConfigurationDesk(versions, `node${node}`, sample());
desk.useParameters(presentParameters(sample(), directory, log.load()));
if (Number(pages) > 0 && first?.type === 'record') await fill(first.record);
mark('begins');
for (const effect of effects) {
  if (effect.type === 'record') {
    await written(effect.number, effect.record);
    mark(effect.record.outcome === null ? 'voted' : 'decided');
  } else {
    writeParameters(directory, effect.set);
    desk.useParameters(effect.set);
    mark('kept');
  }
}
// Ended as by SIGKILL: nothing is tidied up.
process.kill(process.pid, 'SIGKILL');
