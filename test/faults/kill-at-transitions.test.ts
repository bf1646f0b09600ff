import { expect, test } from 'vitest'
import type { Variant } from './broken.ts'
import { type Aim, type FailpointName, names } from './failpoints.ts'
import { rounds } from './load.ts'
import { rig } from './rig.ts'
import { scenarios } from './scenarios.ts'
import { report } from './table.ts'

/** Kills the service at one point of a scenario, boots it again, and says what is wrong once all has come to rest. */
async function round(aim: Aim, broken?: Variant): Promise<string[]> {
  const { options, before, act } = scenarios[aim.name]
  await using house = await rig({ ...options, broken })
  await before?.(house)
  await house.dieAt(aim, () => act?.(house))
  try {
    await house.start()
  } catch (error) {
    return [`It does not start any more: ${error}`]
  }
  await house.rest(broken ? 3_000 : 30_000)
  return await house.violations() // before the house is closed
}

const aims = names.flatMap((name) =>
  (scenarios[name].nth ?? [1]).flatMap((nth) => (['before', 'after'] as const).map((side): Aim => ({ name, side, nth }))),
)
const fault = 'SIGKILL before and after every persisted transition'
const special: { [name in FailpointName]?: string } = {
  'schema made': 'SIGKILL during the migration',
  'schema of an earlier version changed': 'SIGKILL during the migration',
  'job interrupted at boot': 'SIGKILL during the reconciliation',
  'job interrupted at a stop': 'SIGKILL during the grace time',
  'boot ended': 'SIGKILL during the grace time',
}

for (const aim of aims) {
  test(`killed ${aim.side} ${aim.name}${aim.nth > 1 ? `, the ${aim.nth}. time` : ''}: nothing is lost`, async () => {
    for (const _ of rounds()) {
      expect(await round(aim)).toEqual([])
      report({ fault: special[aim.name] ?? fault, rounds: 1, lost: 'nothing' })
    }
  })
}

/** What breaks a promise, where it is killed, and what the checks say of it. */
const controls: { variant: Variant; name: FailpointName; side: Aim['side']; seen: RegExp }[] = [
  { variant: 'answers before it stores', name: 'update stored', side: 'before', seen: /answered 200 and is not on disk/ },
  { variant: 'forgets what it stored', name: 'update stored', side: 'after', seen: /was never finished/ },
  {
    variant: 'marks what it handled afterwards',
    name: 'reply added',
    side: 'after',
    seen: /was answered 2 times, 1 times was due/,
  },
  { variant: 'leaves running jobs as they are', name: 'job running', side: 'after', seen: /still running, of another process/ },
  { variant: 'announces in a second transaction', name: 'job done', side: 'after', seen: /end of #1 .* announced 0 times/ },
  {
    variant: 'migrates in pieces',
    name: 'schema of an earlier version changed',
    side: 'after',
    seen: /does not start any more/,
  },
  ...(['job interrupted at boot', 'job interrupted at a stop'] as const).map((name) => ({
    variant: 'settles one after the other and tells afterwards' as const,
    name,
    side: 'after' as const,
    seen: /end of #1 .* announced 0 times/,
  })),
  {
    variant: 'keeps the conversation of who is forgotten',
    name: 'person forgotten',
    side: 'after',
    seen: /is forgotten, and 2 messages are left/,
  },
  { variant: 'marks before it sends', name: 'call of sendMessage', side: 'before', seen: /never came/ },
]

for (const { variant, name, side, seen } of controls) {
  test(`control: a service that ${variant} is caught when killed ${side} ${name}`, async () => {
    expect((await round({ name, side, nth: 1 }, variant)).join('\n')).toMatch(seen)
    report({ fault: special[name] ?? fault, rounds: 0, lost: 'nothing', control: variant })
  })
}
