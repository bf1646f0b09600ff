import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ada, ben, build, type House, spawnServer } from '../build.ts'
import { leaveBehind } from '../earlier-version.ts'
import { asCritic } from '../waiting-board.ts'
import { runCommand } from './run-command.ts'

const beside = (house: House, part: string) => readdirSync(dirname(house.file)).filter((name) => name.includes(part))

/** What the file says that stands there now: the house's own reader still has the one before it open. */
function read(file: string, sql: string): unknown[] {
  const db = new Sqlite(file, { readonly: true })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

/** Runs a command to its end. */
async function run(house: Pick<House, 'env'>, name: 'db-backup' | 'db-restore', ...args: string[]) {
  await using command = runCommand(name, house.env, ...args)
  return { code: await command.ended, output: command.output() }
}

/** A board that waits for its Critic until it is stopped. */
async function runOne(house: House, person: typeof ada) {
  house.claude.when(asCritic, { fault: { kind: 'pings-only', everyMs: 50 } })
  const before = house.claude.requests.length
  house.telegram.say(person, `/board Should ${person.first_name} move?`)
  await house.until(() => house.claude.requests.slice(before).some(({ body }) => asCritic(body)))
}

test('a backup is made beside the running service, is one whole file, and overwrites nothing', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board One question')
  await house.heard(ada, '✅ #1 board')
  const to = join(house.folder, 'copy.db')
  const { code, output } = await run(house, 'db-backup', to)
  expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining(`${to} holds the database as it was just now`) })
  const copy = new Sqlite(to, { readonly: true })
  expect(copy.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(copy.pragma('application_id', { simple: true })).toBe(0x524d5931)
  expect(copy.prepare('SELECT * FROM background_jobs').all()).toEqual(house.rows('SELECT * FROM background_jobs'))
  copy.close()
  expect(readdirSync(house.folder).filter((name) => name.startsWith('copy.db'))).toEqual(['copy.db'])
  const size = statSync(to).size
  const again = await run(house, 'db-backup', to)
  expect(again).toEqual({ code: 1, output: `${to} is there already. Name another file; a backup overwrites nothing.` })
  expect(statSync(to).size).toBe(size)
  expect((await run(house, 'db-backup')).code).toBe(1)
})

test('the service makes up for the daily backup when it starts, and keeps two', async () => {
  await using house = await build()
  await house.kill()
  const old = ['20260101T000000Z', '20260102T000000Z', '20260103T000000Z'].map((at) => `${house.file}.backup-${at}`)
  const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60_000)
  for (const path of [...old, `${house.file}.backup-20260104T000000Z.partial`]) {
    copyFileSync(house.file, path)
    utimesSync(path, twoDaysAgo, twoDaysAgo)
  }
  await house.boot()
  await house.until(() => house.log.some((line) => line.includes('A backup was made')))
  const made = beside(house, '.backup-')
  expect(made).toEqual([basename(old[2] ?? ''), expect.stringMatching(/^remy\.db\.backup-\d{8}T\d{6}Z$/)])
  await house.kill()
  const { length } = house.log
  await house.boot()
  house.telegram.say(ada, '/jobs')
  await house.heard(ada, 'No background jobs yet.')
  expect(house.log.slice(length).some((line) => line.includes('A backup was made'))).toBe(false)
  expect(beside(house, '.backup-')).toEqual(made)
})

test('the drill: backed up under load, the folder lost, restored, booted', async () => {
  await using house = await build()
  house.telegram.fail({ method: 'sendMessage', times: Number.POSITIVE_INFINITY, fault: { kind: 'server-error' } })
  house.telegram.say(ben, '/board Unsent')
  await house.until(() => house.job(1)?.status === 'done')
  await runOne(house, ada)
  const backup = join(house.folder, 'off-machine.db')
  expect((await run(house, 'db-backup', backup)).code).toBe(0)
  house.telegram.say(ben, '/board After the backup')
  await house.until(() => house.job(3))
  await house.kill()
  rmSync(dirname(house.file), { recursive: true })
  house.telegram.clearFaults()

  const { code, output } = await run(house, 'db-restore', backup)
  expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('It holds 2 jobs, the newest #2 of 20') })
  expect(output).toContain('The present database cannot be read')
  expect(existsSync(house.file)).toBe(false)
  house.telegram.say(ada, '/jobs') // Telegram keeps it until the service is back
  await house.boot()
  await house.heard(ada, '⚠️ #2 board: interrupted by restart')
  await house.heard(ben, '✅ #1 board')
  expect(read(house.file, 'SELECT status, result_text FROM background_jobs WHERE id = 2')).toEqual([
    { status: 'failed', result_text: 'interrupted by restart' },
  ])
  await house.heard(ada, 'Recent background jobs')
  expect(house.log.join('\n')).toMatch(/"replaced":null,"holds":"2 jobs, the newest #2 .*"lacks":"not known/)
  expect(beside(house, '.restore')).toEqual([])
})

test('a restore is laid there beside the running service, taken by the next boot, and gives no number twice', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board one')
  await house.heard(ada, '✅ #1 board')
  await house.delivered()
  const backup = join(house.folder, 'copy.db')
  await run(house, 'db-backup', backup)
  for (const text of ['two', 'three']) house.telegram.say(ada, `/board ${text}`)
  await house.heard(ada, '✅ #3 board')
  await house.delivered()
  const { output } = await run(house, 'db-restore', backup)
  expect(output).toMatch(/of what the present database holds: jobs #2 to #3, updates \d/)
  house.telegram.say(ben, '/jobs')
  await house.heard(ben, 'No background jobs yet.')
  expect(house.job(3)?.status).toBe('done')
  await house.kill() // with a log that holds what is not in the file

  await house.boot()
  expect(read(house.file, 'SELECT id FROM background_jobs')).toEqual([{ id: 1 }])
  const [replaced = ''] = beside(house, '.replaced-')
  expect(replaced).toMatch(/^remy\.db\.replaced-\d{8}T\d{6}Z$/)
  const kept = read(join(dirname(house.file), replaced), 'SELECT id FROM background_jobs ORDER BY id')
  expect(kept).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
  expect(house.log.join('\n')).toContain('"lacks":"jobs #2 to #3')
  house.telegram.say(ada, '/board four')
  await house.heard(ada, '✅ #4 board')
})

test('killed between any two steps of the swap, the next boot ends it', async () => {
  for (const steps of [1, 2]) {
    await using house = await build()
    house.telegram.say(ada, '/board one')
    await house.heard(ada, '✅ #1 board')
    await house.delivered()
    const backup = join(house.folder, 'copy.db')
    await run(house, 'db-backup', backup)
    await run(house, 'db-restore', backup)
    house.telegram.say(ben, '/jobs')
    await house.heard(ben, 'No background jobs yet.')
    await house.kill()
    // What the boot has moved by then: the file, and after it the log.
    const replaced = `${house.file}.replaced-${statSync(`${house.file}.restore`)
      .mtime.toISOString()
      .replace(/[-:]|\.\d+/g, '')}`
    for (const ending of ['', '-wal'].slice(0, steps)) {
      copyFileSync(house.file + ending, replaced + ending)
      rmSync(house.file + ending)
    }
    await house.boot()
    expect(read(house.file, 'SELECT status FROM background_jobs')).toEqual([{ status: 'done' }])
    expect(beside(house, '.replaced-')).toEqual([basename(replaced), `${basename(replaced)}-wal`])
    house.telegram.say(ada, '/board two')
    await house.heard(ada, '✅ #2 board')
  }
})

test('what is no whole backup of a Remy known here is not laid there, and one sentence says why', async () => {
  await using house = await build()
  const at = (name: string) => join(house.folder, `${name}.db`)
  const backup = at('copy')
  await run(house, 'db-backup', backup)
  const [short, foreign, newer] = [at('short'), at('foreign'), at('newer')]
  copyFileSync(backup, short)
  truncateSync(short, statSync(short).size - 4096)
  new Sqlite(foreign).exec('CREATE TABLE t (a)').close()
  copyFileSync(backup, newer)
  const db = new Sqlite(newer)
  db.pragma('user_version = 9999')
  db.close()
  writeFileSync(at('empty'), '')
  writeFileSync(at('text'), 'words '.repeat(2_000))
  copyFileSync(backup, at('damaged'))
  const damaged = openSync(at('damaged'), 'r+')
  writeSync(damaged, Buffer.alloc(3 * 4096), 0, 3 * 4096, 2 * 4096)
  closeSync(damaged)
  const remedy = 'Nothing was changed: name another backup.'
  const cases: [string, RegExp][] = [
    [short, /^\S+ is cut short \(\d+ of \d+ bytes\)\./],
    [foreign, /^\S+ belongs to another program\./],
    [newer, /^\S+ was written by a newer Remy \(schema 9999, and this one knows \d\)\./],
    [at('empty'), /^\S+ is empty \(0 bytes\)\./],
    [at('text'), /^\S+ is not a database\./],
    [at('damaged'), /^\S+ is (damaged|not whole) \(.*\)\./],
    [at('nowhere'), /^\S+ is not there\./],
    [house.folder, /^\S+ is a folder\./],
  ]
  for (const [file, sentence] of cases) {
    const { code, output } = await run(house, 'db-restore', file)
    expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(sentence) })
    expect(output.slice(file.length).endsWith(`. ${remedy}`)).toBe(true)
    expect(output).not.toContain('\n')
  }
  expect(await run(house, 'db-restore', house.file)).toMatchObject({
    code: 1,
    output: expect.stringContaining('is the database itself'),
  })
  expect(beside(house, '.restore')).toEqual([])
})

test('a file that waits to be restored and does not fit is refused at the start, and nothing is moved', async () => {
  await using house = await build()
  await house.kill()
  const before = beside(house, 'remy.db').filter((name) => !name.endsWith('-shm'))
  writeFileSync(`${house.file}.restore`, 'not a database at all')
  const log: string[] = []
  expect(await spawnServer(house.env, house.folder, log).ended).toBe(1)
  expect(log.join('\n')).toMatch(/remy\.db\.restore waits to be restored and does not fit: .*Or delete it to go on/)
  rmSync(`${house.file}.restore`)
  expect(beside(house, 'remy.db')).toEqual(expect.arrayContaining(before))
  await house.boot()
})

test('a restore makes a folder that is not there yet, and says where it cannot', async () => {
  await using house = await build()
  const backup = join(house.folder, 'copy.db')
  await run(house, 'db-backup', backup)
  const restoreTo = (file: string) =>
    run({ ...house, env: { ...house.env, DATABASE_URL: `file:${file}` } }, 'db-restore', backup)
  const file = join(house.folder, 'new', 'place', 'remy.db')
  expect((await restoreTo(file)).code).toBe(0)
  expect(readdirSync(dirname(file))).toEqual(['remy.db.restore'])
  writeFileSync(join(house.folder, 'file'), '')
  for (const folder of ['/proc/nowhere', join(house.folder, 'file')]) {
    const { code, output } = await restoreTo(`${folder}/remy.db`)
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('/remy.db.restore cannot be written (EN') })
  }
})

test('a backup from an earlier version is taken, and migrated by the boot', async () => {
  await using house = await build()
  await leaveBehind(join(house.folder, 'old.db'), 1)
  expect((await run(house, 'db-restore', join(house.folder, 'old.db'))).code).toBe(0)
  await house.kill()
  await house.boot()
  await house.heard(ada, 'The result of old.')
  await house.heard(ada, '#2 board: interrupted by restart')
})

test('without room no backup is begun', async () => {
  await using house = await build()
  await house.kill()
  truncateSync(`${house.file}-wal`, 2 ** 42) // takes no room itself
  const to = join(house.folder, 'copy.db')
  const { code, output } = await run(house, 'db-backup', to)
  expect({ code, output }).toEqual({
    code: 1,
    output: expect.stringMatching(/ has no room for a backup \(\d+ bytes are free, \d+ are needed\)\. Make room/),
  })
  expect(readdirSync(house.folder).filter((name) => name.startsWith('copy.db'))).toEqual([])
})
