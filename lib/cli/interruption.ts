// Ctrl-C ends a command that goes on (`--watch`, `--follow`) as its normal end: loops finish, the exit
// code is set, nothing is torn down half way.

export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
