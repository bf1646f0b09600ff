/**
 * Keeps `inFlight` jobs under way until `count` have ended, and gives how many ended a second. `enqueue` is called for each,
 * and `ended` is to be called once one is done.
 */
export function jobsPerSecond({ count, inFlight }: { count: number; inFlight: number }, enqueue: (number: number) => unknown) {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let [begun, done, startedAt] = [0, 0, 0]

  function next(): void {
    if (begun === count) return
    begun += 1
    Promise.resolve(enqueue(begun)).catch(reject)
  }

  return {
    start() {
      startedAt = performance.now()
      for (let index = 0; index < inFlight; index++) next()
    },
    ended() {
      done += 1
      if (done === count) resolve((count * 1_000) / (performance.now() - startedAt))
      else next()
    },
    perSecond: promise,
  }
}
