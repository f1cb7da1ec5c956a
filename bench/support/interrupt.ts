// A long bench that is interrupted ends the run at hand in good order and reports what it has. Whatever it started dies
// with its stage, also when this process is killed.

/** Aborted by the first interrupt or termination; the second one ends the process at once. */
export function interruptible(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      process.stderr.write('interrupted: ends after this run (once more: at once)\n');
      controller.abort();
    });
  }
  return controller.signal;
}
