/** @throws where there is nothing to take one of. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1))]
  if (value === undefined) throw new Error('There is no value to take a percentile of')
  return value
}

export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/**
 * Runs the contenders in turn, A B C A B C …, since a machine that is shared is faster at one time than at another: what
 * is compared was measured within the same few seconds. Gives the values of each contender by its name, in order.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  contenders: Record<Name, (round: number) => Promise<number>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[] // of this record
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < rounds; round++) for (const name of names) values[name].push(await contenders[name](round))
  return values
}
