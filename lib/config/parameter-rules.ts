// What the section `parameters` must be: such as a running cluster would take it.
import { setProblem, wishProblem } from '../protocol/parameters/checking.ts';
import type { ClusterConfig } from './config.ts';
import { didYouMean } from './did-you-mean.ts';
import { parameterBaseOf } from './parameters.ts';
import type { Problem } from './rules.ts';
import { settingsIn } from './written-parameters.ts';

export function parameterProblems(config: ClusterConfig): Problem[] {
  const names = config.nodes.map(({ name }) => name);
  const unknown = config.parameters.flatMap(({ nodes }, index): Problem[] =>
    nodes
      .filter((name) => !names.includes(name))
      .map((name) => ({
        path: ['parameters', index],
        message: `There is no node ${name}.${didYouMean(name, names) || ` There are ${names.join(', ')}.`}`,
      })),
  );
  if (unknown.length > 0) return unknown;
  const settings = settingsIn(config);
  const single = settings.flatMap((setting, index): Problem[] => {
    const problem = wishProblem(setting);
    return problem === null ? [] : [{ path: ['parameters', index], message: `${problem}.` }];
  });
  const scopes = settings.map(({ name, node, pair }) => JSON.stringify([name, node, pair]));
  const twice = scopes.flatMap((scope, index): Problem[] =>
    scopes.indexOf(scope) === index ? [] : [{ path: ['parameters', index], message: 'is set above, too. Leave out one of them.' }],
  );
  if (single.length + twice.length > 0) return [...single, ...twice];
  const together = setProblem({ version: 0n, settings }, parameterBaseOf(config));
  return together === null ? [] : [{ path: ['parameters'], message: `${together}.` }];
}
