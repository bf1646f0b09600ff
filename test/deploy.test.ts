import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parse } from 'smol-toml'
import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { METRICS_PATH } from '../src/metrics/serve.ts'

const root = join(import.meta.dirname, '..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')

interface Fly {
  kill_signal: string
  kill_timeout: number
  env: Record<string, string>
  mounts: { source: string; destination: string }
  http_service: {
    internal_port: number
    auto_stop_machines: string
    auto_start_machines: boolean
    min_machines_running: number
    checks: { path: string }[]
  }
  metrics: { port: number; path: string }[]
  restart: { policy: string }[]
}
const fly = parse(read('fly.toml')) as unknown as Fly // as its file is read by everybody
const sleepy = parse(read('fly.scale-to-zero.toml')) as unknown as Fly // likewise
const everyStep = read('Dockerfile')
  .split('\n')
  .map((line) => /^([A-Z]+) (.*)$/.exec(line))
  .flatMap((match) => (match?.[1] && match[2] ? [{ word: match[1], rest: match[2] }] : []))
/** The steps of a stage, from its FROM to the next one. */
function stage(name: string) {
  const at = everyStep.findIndex(({ word, rest }) => word === 'FROM' && rest.endsWith(` AS ${name}`))
  const length = everyStep.slice(at + 1).findIndex(({ word }) => word === 'FROM')
  return everyStep.slice(at, at + 1 + length)
}
const [building, steps, replicated] = [stage('build'), stage('service'), stage('replicated')]
const all = (word: string, of = steps) => of.filter((step) => step.word === word).map(({ rest }) => rest)

const secrets = {
  TELEGRAM_BOT_TOKEN: '1:x',
  TELEGRAM_WEBHOOK_SECRET: 's',
  TELEGRAM_ALLOWED_USER_IDS: '41',
  ANTHROPIC_API_KEY: 'k',
}
const config = readConfig({ ...secrets, ...fly.env, FLY_APP_NAME: 'remy' })

/** What COPY does: from here what .dockerignore lets through, or from the stage that built. */
function copyInto(folder: string, copies: string[], built = ''): void {
  const ignored = read('.dockerignore').split('\n')
  for (const copy of copies) {
    const from = copy.includes('--from=build') ? built : root
    const names = copy.split(' ').filter((word) => !word.startsWith('--'))
    const to = names.pop() ?? ''
    for (const name of names.map((path) => (from === built ? path.replace('/build/', '') : path))) {
      if (from === root) expect(ignored, name).toContain(`!${name}`)
      cpSync(join(from, name), join(folder, to, to.endsWith('/') ? name : ''), { recursive: true })
    }
  }
}

test('fly.toml, Dockerfile and configuration agree', () => {
  expect(config.databaseFile.startsWith(`${fly.mounts.destination}/`)).toBe(true)
  expect(config).toMatchObject({ host: '0.0.0.0', port: fly.http_service.internal_port })
  expect(config.telegram.publicUrl).toBe('https://remy.fly.dev')
  expect(all('EXPOSE')).toEqual([String(config.port)])
  expect(all('RUN').join()).toContain(`chown node:node ${fly.mounts.destination}`)
  expect(fly.http_service.auto_stop_machines).toBe('off')
  expect(fly.http_service.checks.map(({ path }) => path)).toEqual(['/health'])
  expect(fly.metrics).toEqual([{ port: config.metricsPort, path: METRICS_PATH }])
  expect(config.metricsPort).not.toBe(config.port)
  expect(fly.kill_signal).toBe('SIGTERM')
  expect(fly.kill_timeout).toBeGreaterThan(config.shutdownGraceMs / 1000 + 5)
  expect(fly.kill_timeout).toBeLessThanOrEqual(300)
})

test('the service that may sleep differs in that alone, and nothing but its own end stops it', () => {
  const { IDLE_EXIT_SECONDS, ...env } = sleepy.env
  expect(Number(IDLE_EXIT_SECONDS)).toBeGreaterThanOrEqual(60)
  const awake = { ...sleepy, env, http_service: { ...sleepy.http_service, min_machines_running: 1 } }
  expect(awake).toEqual(fly)
  expect(sleepy.http_service).toMatchObject({
    auto_stop_machines: 'off',
    auto_start_machines: true,
    min_machines_running: 0,
  })
  expect(sleepy.restart.map(({ policy }) => policy)).toEqual(['on-failure']) // an end with code 0 lasts
  const sleeping = readConfig({ ...secrets, ...sleepy.env, FLY_APP_NAME: 'remy' })
  expect(sleeping).toEqual({ ...config, idleExitMs: Number(IDLE_EXIT_SECONDS) * 1000 })
  expect(config.idleExitMs).toBe(undefined)
})

test('the image with Litestream runs the same service, and copies the database that fly.toml names', () => {
  expect(all('FROM', replicated)).toEqual(['service AS replicated'])
  const [command, subcommand, flag, service] = JSON.parse(all('CMD', replicated)[0] ?? '[]') as string[]
  expect([command, subcommand, flag]).toEqual(['litestream', 'replicate', '-exec'])
  expect(service?.split(' ')).toEqual(JSON.parse(all('CMD')[0] ?? '[]'))
  expect(all('COPY', replicated)).toContain('litestream.yml /etc/litestream.yml')
  expect(read('.dockerignore').split('\n')).toContain('!litestream.yml')
  expect(read('litestream.yml')).toContain(`- path: ${config.databaseFile}\n`)
})

test('the image runs Node itself, as nobody special, on the Node of .nvmrc', () => {
  const image = `node:${read('.nvmrc').trim()}-slim`
  expect(everyStep.at(-1)).toEqual({ word: 'FROM', rest: 'service' }) // what is built unless a target is named
  expect(all('FROM')).toEqual([`${image} AS service`])
  expect(all('FROM', building)).toEqual([`${image} AS build`])
  expect(all('USER')).toEqual(['node'])
  expect(JSON.parse(all('CMD')[0] ?? '')).toEqual(['node', '--max-semi-space-size=4', 'dist/server.cjs'])
  expect(steps.findIndex(({ word }) => word === 'USER')).toBeGreaterThan(steps.findIndex(({ rest }) => rest.includes('chown')))
})

test('what the Dockerfile does gives a service that is ready', async () => {
  const image = mkdtempSync(join(tmpdir(), 'remy-image-'))
  const built = mkdtempSync(join(tmpdir(), 'remy-build-'))
  const data = mkdtempSync(join(tmpdir(), 'remy-data-'))
  try {
    // What the build stage installs is what is installed here.
    copyInto(built, all('COPY', building))
    symlinkSync(join(root, 'node_modules'), join(built, 'node_modules'))
    expect(all('RUN', building)).toEqual(['npm ci', 'npm run build'])
    execFileSync('npm', ['run', 'build'], { cwd: built, stdio: 'ignore' })
    copyInto(image, all('COPY'), built)
    execFileSync('npm', ['ci', '--omit=dev'], {
      cwd: image,
      stdio: 'ignore',
      env: { ...process.env, NODE_ENV: 'production' },
    })
    expect(existsSync(join(image, 'node_modules/vitest'))).toBe(false)
    expect(existsSync(join(image, 'test'))).toBe(false)

    // As in the image: another user than the one who installed, who can write to the volume alone.
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
    chmodSync(image, 0o755)
    chmodSync(data, 0o777)
    const [command = '', ...args] = JSON.parse(all('CMD')[0] ?? '[]') as string[]
    expect(command).toBe('node')
    const env = {
      ...secrets,
      ...fly.env,
      HOST: '127.0.0.1',
      PORT: '0',
      METRICS_PORT: '0',
      DATABASE_URL: `file:${data}/remy.db`,
      TELEGRAM_API_ROOT: 'http://127.0.0.1:9',
    }
    const child = spawn(process.execPath, args, { cwd: image, env, stdio: ['ignore', 'pipe', 'inherit'], ...user })
    const ended = once(child, 'exit')
    try {
      let url: string | undefined
      for await (const line of createInterface({ input: child.stdout })) {
        url = /Server listening at (http:\/\/[^"]+)/.exec(line)?.[1]
        if (url) break
      }
      const ready = await fetch(`${url}/ready`, { headers: { connection: 'close' } })
      expect(ready.status).toBe(200)
      child.kill('SIGTERM')
      expect((await ended)[0]).toBe(0)
      expect(existsSync(join(data, 'remy.db'))).toBe(true)
    } finally {
      child.kill('SIGKILL')
    }
  } finally {
    rmSync(image, { recursive: true, force: true })
    rmSync(built, { recursive: true, force: true })
    rmSync(data, { recursive: true, force: true })
  }
}, 120_000)
