// Section `parameters`: what was set with `heartwire parameters set`, as every node writes it into its configurations (C17).
import { z } from 'zod';
import { parameterDefinitions, parameterNames, type ParameterName } from '../../protocol/parameters/definitions.ts';
import type { ParameterConfig } from '../config.ts';
import { parseDurationUs } from '../duration.ts';
import { nodeName } from './words.ts';

const US_PER_MS = 1000;

const parameter: z.ZodType<ParameterConfig> = z
  .strictObject({
    name: z.enum(parameterNames as [ParameterName, ...ParameterName[]]).meta({ description: 'Which parameter' }),
    value: z.union([z.string(), z.number()]).meta({ description: 'A time with its unit, or a number' }),
    node: nodeName.optional().meta({ description: 'For all pairs of this node, or what it sends; left out: for the cluster' }),
    between: z.tuple([nodeName, nodeName]).optional().meta({ description: 'For these two nodes; heartbeat parameters only' }),
  })
  .transform(({ name, value, node, between }, context): ParameterConfig => {
    const { unit } = parameterDefinitions[name];
    const isTime = unit === 'us' || unit === 'ms';
    const us = isTime && typeof value === 'string' ? parseDurationUs(value) : null;
    const number = us === null ? (isTime || typeof value === 'string' ? null : value) : unit === 'us' ? us : us / US_PER_MS;
    if (number === null) {
      const wanted = isTime ? 'a time with its unit, such as 50ms' : 'a number';
      context.addIssue({ code: 'custom', path: ['value'], message: `${JSON.stringify(value)} is no value of ${name}. Write ${wanted}.` });
    }
    return { name, nodes: between ?? (node === undefined ? [] : [node]), value: number ?? 0 };
  });

export const parametersSchema: z.ZodType<ParameterConfig[]> = z.array(parameter).max(1000);
