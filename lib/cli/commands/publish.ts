// `heartwire publish`: an event of a program's own, for every member and the scripts there (R8).
import { Command, InvalidArgumentError } from 'commander';
import type { Facts } from '../../protocol/types.ts';
import { act } from '../acted.ts';
import { type DaemonOptions, withDaemonOptions } from '../daemon-options.ts';

export function publishCommand(): Command {
  return withDaemonOptions(
    new Command('publish').description('tell all members of an event of your own, program-event; scripts run on it there'),
  )
    .argument('<name>', "1 to 64 of a-z, 0-9, '.', '_', '-'")
    .argument('[facts...]', 'name=value, up to 32; 12, true, false and null are taken as such, all else as text', withFact, {})
    .action((name: string, facts: Facts, options: DaemonOptions) =>
      act(
        options,
        (daemon) => daemon.publish(name, facts),
        () => `All members are told of ${name}.`,
      ),
    );
}

function withFact(word: string, facts: Facts): Facts {
  const at = word.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write name=value.');
  const key = word.slice(0, at);
  if (Object.hasOwn(facts, key)) throw new InvalidArgumentError(`${key} is there already.`);
  return { ...facts, [key]: valueOf(word.slice(at + 1)) };
}

const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

function valueOf(text: string): Facts[string] {
  if (Object.hasOwn(WORDS, text)) return WORDS[text] ?? null;
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}
