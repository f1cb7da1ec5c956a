// The small words of the configuration file: names, ports, paths. Each refuses with a sentence that shows
// what would be right.
import { z } from 'zod';

export const SECOND_US = 1_000_000;

export function name(of: string): z.ZodString {
  return z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
      error: (issue) =>
        `${JSON.stringify(issue.input)} is no name for a ${of}. Use up to 63 letters, digits, dots, hyphens or underscores, the first a letter or digit.`,
    })
    .meta({ examples: [`${of}1`] });
}

export const nodeName: z.ZodString = name('node');
export const networkName: z.ZodString = name('network');

export const interfaceName: z.ZodString = z.string().regex(/^[^\s/:]{1,15}$/, {
  error: (issue) => `${JSON.stringify(issue.input)} is no name of an interface. Write one that \`ip link\` shows, such as eth0.`,
});

export const path: z.ZodString = z.string().min(1, { error: 'The path is empty. Name a file.' });

export function port(description: string, standard: number): z.ZodDefault<z.ZodInt> {
  return z.int().min(1).max(65535).default(standard).meta({ description });
}
