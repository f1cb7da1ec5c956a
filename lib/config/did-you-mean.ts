// Finds the word that somebody probably meant, so that an error can name it. Edit distance in which two
// neighbours swapped count as one slip, since that is how most keys are mistyped.

/**
 * @param known words that would be right
 * @returns the closest one when it is near enough to be meant (a third of the letters differ), else null;
 *   null too when two are as near as each other
 */
export function closest(word: string, known: readonly string[]): string | null {
  const near = [...new Set(known)]
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.floor(Math.max(word.length, candidate.length) / 3))
    .sort((left, right) => left.distance - right.distance);
  return near[0] === undefined || near[0].distance === near[1]?.distance ? null : near[0].candidate;
}

/** ` Did you mean x?` or nothing, to hang on a sentence. */
export function didYouMean(word: string, known: readonly string[]): string {
  const guess = closest(word, known);
  return guess === null ? '' : ` Did you mean ${guess}?`;
}

function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
