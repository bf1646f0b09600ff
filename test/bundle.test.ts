import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildService } from '../ops/build.ts'
import { ada, ben, build } from './build.ts'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'remy-bundle-'))
const entry = join(folder, 'dist', 'server.cjs')

beforeAll(async () => {
  await buildService(join(folder, 'dist'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules')) // for better-sqlite3, which stays outside
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the bundle boots, answers the webhook, runs a board with the real prompts, and says its version', async () => {
  await using house = await build({ run: { entry } })
  house.telegram.say(ada, '/board Should I move to Lisbon?')
  await house.heard(ada, '✅ #1 board')
  const prompt = readFileSync(join(root, 'src/jobs/kinds/board/critic.md'), 'utf8')
  const asked = house.claude.requests.map(({ body }) => JSON.stringify(body.system))
  expect(asked).toContainEqual(expect.stringContaining(JSON.stringify(prompt).slice(1, -1)))
  house.telegram.say(ben, 'Hello')
  await house.until(() => house.texts(ben).length > 0)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect((await house.get('/health')).body).toMatchObject({ status: 'alive', version })
  expect((await house.get('/jobs/1')).body.steps).toHaveLength(5)
})

test('a SIGKILL in the middle of a job costs the bundle no more than the sources', async () => {
  await using house = await build({ run: { entry } })
  const gate = house.claude.gate()
  house.claude.when((request) => JSON.stringify(request.system).includes('Role: Critic'), { text: 'Late.', hold: gate.promise })
  house.telegram.say(ada, '/board Should I move to Lisbon?')
  await house.until(() => house.rows("SELECT 1 FROM job_events WHERE type = 'step'").length === 4)
  await house.kill()
  await house.boot()
  await house.heard(ada, '⚠️ #1 board: interrupted by restart')
  expect(house.job(1)).toMatchObject({ status: 'failed', result_text: 'interrupted by restart' })
  gate.open()
})

test('the bundle makes its daily backup by a process of its own', async () => {
  await using house = await build({ run: { entry }, env: { IDLE_EXIT_SECONDS: '1' } }) // which has the first one come soon
  expect(await house.ended()).toBe(0)
  expect(house.log.join('\n')).toContain('A backup was made')
  expect(readdirSync(dirname(house.file)).filter((name) => name.includes('.backup-'))).toHaveLength(1)
})
