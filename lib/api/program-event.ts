// An event that a program or an administrator puts into the cluster's stream (R8: events from clients), checked before anybody
// hears of it.
import { HeartwireError } from '../errors.ts';
import { type Command, type Facts, PROGRAM_EVENT } from '../protocol/types.ts';

const { nameMax: NAME_MAX, factsMax: FACTS_MAX, textMax: TEXT_MAX } = PROGRAM_EVENT;

const NAME = new RegExp(`^[a-z0-9][a-z0-9._-]{0,${NAME_MAX - 1}}$`);
const KEY = new RegExp(`^[A-Za-z][A-Za-z0-9_-]{0,${NAME_MAX - 1}}$`);

/** @throws HeartwireError HW_USAGE: the name, or one of the facts, is none */
export function publishCommand(event: string, facts: Facts): Command {
  if (!NAME.test(event)) refuse(`'${event}' is no name of an event: write 1 to ${NAME_MAX} of a-z, 0-9, '.', '_', '-'`);
  const entries = Object.entries(facts);
  if (entries.length > FACTS_MAX) refuse(`${entries.length} facts are too many: ${FACTS_MAX} are allowed`);
  for (const [key, value] of entries) {
    if (key === 'name' || !KEY.test(key))
      refuse(`'${key}' is no name of a fact: write 1 to ${NAME_MAX} letters, digits, '_', '-', and not 'name', which the event has`);
    if (typeof value === 'string' && value.length > TEXT_MAX)
      refuse(`'${key}' is too long: ${value.length} characters, and ${TEXT_MAX} are allowed`);
    if (typeof value === 'number' && !Number.isFinite(value)) refuse(`'${key}' is no finite number`);
    if (value !== null && !['string', 'number', 'boolean'].includes(typeof value))
      refuse(`'${key}' is neither text nor number nor true or false nor null`);
  }
  return { name: 'publish', event, facts: { ...facts } };
}

function refuse(what: string): never {
  throw HeartwireError.of('HW_USAGE', { reason: `${what}.` });
}
