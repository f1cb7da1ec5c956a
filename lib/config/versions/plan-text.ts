// A plan as people read it: one line a step, and at the end what is not touched, since that is what they fear for.
import type { Plan, PlanStep } from './plan.ts';

/** Lines without an end of line; never empty. */
export function planText({ steps, unchanged }: Plan): string {
  if (steps.length === 0) return 'No difference.';
  const width = { part: longest(steps.map((step) => step.part)), action: longest(steps.map((step) => step.action)) };
  const lines = steps.map((step) => `${step.part.padEnd(width.part)}  ${step.action.padEnd(width.action)}  ${whatOf(step)}`);
  return [...lines, `unchanged: ${untouched(unchanged)}`].join('\n');
}

function whatOf({ kind, name, changes }: PlanStep): string {
  const named = kind === 'setting' || kind === 'choice' ? name : `${kind} ${name}`;
  if (changes.length === 0) return named;
  const told = changes.map(({ field, from, to }) => `${field === 'value' ? '' : `${field} `}${word(from)} -> ${word(to)}`);
  return `${named}: ${told.join(', ')}`;
}

function word(value: string | number | boolean | null): string {
  return value === null || value === '' ? 'none' : String(value);
}

function longest(words: readonly string[]): number {
  return Math.max(...words.map((text) => text.length));
}

/** "node node1 (id 1), node2 (id 2); address 10.77.0.100/24; 4 others". */
function untouched(unchanged: Plan['unchanged']): string {
  const kinds = ['node', 'network', 'address'].flatMap((kind) => {
    const names = unchanged.filter((component) => component.kind === kind).map(({ name }) => name);
    return names.length === 0 ? [] : [`${kind} ${names.join(', ')}`];
  });
  const others = unchanged.filter(({ kind }) => !['node', 'network', 'address'].includes(kind)).length;
  return [...kinds, ...(others === 0 ? [] : [`${others} others`])].join('; ') || 'nothing';
}
