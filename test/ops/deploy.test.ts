import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../../playground/service.ts'
import { ada, ben, build } from '../build.ts'
import { withOneRunning } from '../waiting-board.ts'
import { runCommand, secretsOf } from './run-command.ts'

/** A house whose address outlasts a restart, and a `fly` that writes down how it was called and ends when it is told to. */
async function withFly(env: Record<string, string> = {}) {
  const port = String(await freePort())
  const house = await build({ env: { PORT: port, ...env } })
  const [folder, called, code] = ['bin', 'called', 'code'].map((name) => join(house.folder, name)) as [string, string, string]
  mkdirSync(folder)
  const script = `#!/bin/sh\necho "$@" > ${called}\nwhile [ ! -e ${code} ]; do sleep 0.05; done\nexit $(cat ${code})\n`
  writeFileSync(join(folder, 'fly'), script)
  chmodSync(join(folder, 'fly'), 0o755)
  return {
    house,
    deploy: (...args: string[]) =>
      runCommand('deploy', { ...house.env, PATH: `${folder}:${house.env.PATH}`, PUBLIC_URL: house.url }, ...args),
    /** How fly was called, once it was. */
    called: () => house.until(() => existsSync(called) && readFileSync(called, 'utf8')),
    wasCalled: () => existsSync(called),
    end: (exit: number) => writeFileSync(code, `${exit}\n`),
  }
}

test('a deployment waits until nothing runs, and ends once the new process is ready', async () => {
  const { house, deploy, called, wasCalled, end } = await withFly()
  await using _ = house
  const gate = await withOneRunning(house)
  await using deployment = deploy()
  await deployment.line('Waiting for 1 running job.')
  house.telegram.say(ben, '/board Two')
  await house.heard(ben, 'Queued #2. I am about to restart; it begins right after.')
  await deployment.line('Waiting for 1 running job; 1 begins after the restart.')
  expect(wasCalled()).toBe(false)
  gate.open()
  await deployment.line('Nothing runs; 1 begins after the restart.')
  expect(await called()).toMatch(/^deploy --ha=false --build-arg COMMIT_SHA=[0-9a-f]{40}\n$/)
  house.signal('SIGTERM')
  expect(await house.ended()).toBe(0)
  end(0)
  await house.boot()
  expect(await deployment.ended).toBe(0)
  expect(deployment.lines.at(-1)).toBe(`Deployed: ${house.url} is ready with a new process.`)
  await house.heard(ben, '✅ #2 board')
  for (const secret of secretsOf(house)) expect(deployment.output()).not.toContain(secret)
})

test('after the patience it says what it will interrupt, and deploys', async () => {
  const { house, deploy, called, end } = await withFly()
  await using _ = house
  await withOneRunning(house)
  await using deployment = deploy('--patience', '1')
  await deployment.line('These still run and will be interrupted; their people are told, and can run them again: #1 board')
  await called()
  await house.kill()
  end(0)
  await house.boot()
  expect(await deployment.ended).toBe(0)
  await house.heard(ada, '⚠️ #1 board: interrupted by restart')
})

test('a deployment that fails lets jobs begin again on what runs', async () => {
  const { house, deploy, called, end } = await withFly()
  await using _ = house
  await using deployment = deploy()
  await called()
  house.telegram.say(ada, '/board One')
  await house.heard(ada, 'Queued #1.')
  end(3)
  expect(await deployment.ended).toBe(1)
  expect(deployment.output()).toContain('Jobs begin again on the version that runs.\nThe deployment failed (3).')
  await house.heard(ada, '✅ #1 board')
})

test('a deployment that changed nothing, or after which nobody answers, is a failure', async () => {
  const { house, deploy, end } = await withFly()
  await using _ = house
  end(0)
  await using unchanged = deploy('--ready', '1')
  expect(await unchanged.ended).toBe(1)
  expect(unchanged.lines.at(-1)).toBe(
    'The deployment ended, but the service is not ready: the same process as before still answers.',
  )
  expect((await house.get('/ready')).body).toEqual({ status: 'ready' }) // no longer drained
  await using gone = deploy('--ready', '1', '--command', `kill -9 ${house.process().pid}`)
  expect(await gone.ended).toBe(1)
  expect(gone.output()).toMatch(/the service is not ready: .* cannot be reached/)
})

test('a deployment that brings another commit than this one is a failure', async () => {
  const { house, deploy, called, end } = await withFly()
  await using _ = house
  await using deployment = deploy()
  await called()
  house.signal('SIGTERM')
  await house.ended()
  house.env.COMMIT_SHA = 'f00d'
  await house.boot()
  end(0)
  expect(await deployment.ended).toBe(1)
  expect(deployment.lines.at(-1)).toMatch(/^It is ready, but runs f00d, and [0-9a-f]{40} was deployed\.$/)
})

test('who stops it while it waits gets the service back as it was', async () => {
  const { house, deploy, wasCalled } = await withFly()
  await using _ = house
  const gate = await withOneRunning(house)
  await using deployment = deploy()
  await deployment.line('Waiting for 1 running job.')
  deployment.signal('SIGINT')
  expect(await deployment.ended).toBe(1)
  expect(deployment.lines.at(-1)).toBe('Stopped: nothing more is done.')
  expect(wasCalled()).toBe(false)
  expect((await house.get('/ready')).body).toEqual({ status: 'ready' })
  gate.open()
})

test('what cannot be drained is not deployed, and one sentence says why', async () => {
  const { house, wasCalled } = await withFly()
  await using _ = house
  const env = { ...house.env, PUBLIC_URL: house.url }
  const cases: [Record<string, string | undefined>, RegExp][] = [
    [{ PUBLIC_URL: undefined }, /^The address of the service is not known\./],
    [{ INSPECTION_TOKEN: undefined }, /^INSPECTION_TOKEN is not set/],
    [
      { INSPECTION_TOKEN: 'another-token-of-enough-length-for-it' },
      /^The service takes another INSPECTION_TOKEN than this one\.$/,
    ],
    [{ PUBLIC_URL: 'http://127.0.0.1:9' }, /cannot be reached \(/],
    [{ PUBLIC_URL: house.claude.url }, /was answered 404\.$|is not answered by Remy/],
  ]
  for (const [other, sentence] of cases) {
    await using deployment = runCommand('deploy', { ...env, ...other })
    expect(await deployment.ended).toBe(1)
    expect(deployment.output()).toMatch(sentence)
    expect(deployment.lines).toHaveLength(1)
  }
  expect(wasCalled()).toBe(false)
  expect((await house.get('/ready')).body).toEqual({ status: 'ready' })
})
