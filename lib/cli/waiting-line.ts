// What takes longer than a second says so, where somebody looks.

/** Shows `what` and the seconds so far on a terminal until `act` has ended. */
export async function whileShown<Result>(what: string, quiet: boolean, act: () => Promise<Result>): Promise<Result> {
  if (quiet || !process.stderr.isTTY) return act();
  const startedMs = performance.now();
  const timer = setInterval(() => {
    process.stderr.write(`\r${what}, ${Math.round((performance.now() - startedMs) / 1000)} s ...  `);
  }, 1000);
  try {
    return await act();
  } finally {
    clearInterval(timer);
    process.stderr.write('\r\u001b[K');
  }
}
