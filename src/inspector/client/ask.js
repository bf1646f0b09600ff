let key
let turnedAway = () => {}

/** From now on it is asked under this address with this bearer; `onRefused` hears when it is taken no more. */
export function askAs(base, bearer, onRefused) {
  key = { base, bearer }
  turnedAway = onRefused
}

export class Refused extends Error {
  constructor(status) {
    super(`The service answered ${status}`)
    this.status = status
  }
}

/** The service's answer. Throws Refused for a no, and what the browser throws where there is none. */
export async function answerOf(path, { headers, signal } = {}) {
  const { base, bearer } = key
  const answer = await fetch(base + path, {
    headers: { authorization: `Bearer ${bearer}`, ...headers },
    signal,
    cache: 'no-store',
    credentials: 'omit',
  })
  if (answer.status === 401) turnedAway()
  if (!answer.ok) throw new Refused(answer.status)
  return answer
}

export const ask = async (path, options) => (await answerOf(path, options)).json()
