import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { judgeClock } from '../../ops/doctor/clock.ts'
import { judgeSpace } from '../../ops/doctor/disk.ts'
import { freePort } from '../../playground/service.ts'
import { build } from '../build.ts'
import { examine } from './examine.ts'

const asleep = () => build({ asleep: true })
const isRoot = process.getuid?.() === 0

test('servers that are not there, and a clock that nobody confirms', async () => {
  await using house = await asleep()
  const nobody = `http://127.0.0.1:${await freePort()}`
  Object.assign(house.env, { TELEGRAM_API_ROOT: nobody, ANTHROPIC_BASE_URL: nobody })
  const { code, line } = await examine(house)
  expect(code).toBe(1)
  expect(line('Bot token')).toContain('✗ Bot token: Telegram does not answer (getMe: no connection (ECONNREFUSED))')
  expect(line('Claude key')).toContain('✗ Claude key: Claude does not answer (no connection (ECONNREFUSED))')
  expect(line('Clock')).toBe('– Clock: not checked, since nobody told the time.')
})

test('a clock that is off by more than a minute fails, by more than five seconds is doubtful', async () => {
  await using house = await asleep()
  const server = createServer((_, response) => {
    response.writeHead(404, { date: new Date(Date.now() + 3_600_000).toUTCString(), connection: 'close' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(house.env, { TELEGRAM_API_ROOT: url, ANTHROPIC_BASE_URL: url })
  const { line } = await examine(house)
  server.close()
  expect(line('Clock')).toMatch(/^✗ Clock: (3599|3600) seconds behind\. Let the system keep the time/)
  expect([-61, -6, -4, 4, 6, 61].map((seconds) => judgeClock(seconds).state)).toEqual([
    'failed',
    'doubtful',
    'good',
    'good',
    'doubtful',
    'failed',
  ])
})

test('less than 200 MB fails, less than 1 GB is doubtful', () => {
  expect([199e6, 200e6, 999e6, 1e9].map((bytes) => judgeSpace(bytes).state)).toEqual(['failed', 'doubtful', 'doubtful', 'good'])
  expect(judgeSpace(150e6)).toMatchObject({ text: '150 MB free', remedy: expect.stringContaining('Make room') })
})

test.skipIf(isRoot)('a folder that cannot be written (root can write any)', async () => {
  await using house = await asleep()
  mkdirSync(dirname(house.file))
  chmodSync(dirname(house.file), 0o500)
  const { code, line } = await examine(house)
  expect([code, line('Data folder')]).toEqual([
    1,
    expect.stringMatching(/^✗ Data folder: .* cannot be written by this user \(EACCES\)\. Make/),
  ])
})

test.runIf(isRoot)('a database of another user (only root can give one away)', async () => {
  await using house = await asleep()
  mkdirSync(dirname(house.file))
  writeFileSync(`${house.file}`, '')
  chownSync(house.file, 12_345, 12_345)
  const { code, line } = await examine(house)
  expect([code, line('Data folder')]).toEqual([
    1,
    expect.stringMatching(
      /^✗ Data folder: remy\.db belongs to user 12345; this is user 0\. Hand it to the user of the service: chown -R 0/,
    ),
  ])
})

test('a path in the way of the folder', async () => {
  await using house = await asleep()
  writeFileSync(dirname(house.file), '')
  const { code, line } = await examine(house)
  expect([code, line('Data folder')]).toEqual([1, expect.stringMatching(/^✗ Data folder: .* is no folder\. Name another file/)])
})
