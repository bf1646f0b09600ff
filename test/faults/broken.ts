/** A change of the source text: `find` stands exactly once in `file`, a path from the root. */
interface Change {
  file: string
  find: string
  replace: string
}

/**
 * The service with one promise broken on purpose, each as somebody might break it by mistake: what shows that the checks
 * would see it. The list of all variants; one that does not fit the sources any more refuses to start.
 */
export const broken = {
  'answers before it stores': [
    {
      file: 'routes/telegram.ts',
      find: 'await app.intake(',
      replace: 'setTimeout((update: RawUpdate) => app.intake(update), 30, ',
    },
  ],
  'syncs now and then': [
    { file: 'db/open.ts', find: "    pragma('synchronous = FULL')", replace: "    pragma('synchronous = NORMAL')" },
    { file: 'db/open.ts', find: 'synchronous !== 2', replace: 'synchronous !== 1' },
  ],
  'takes a resent update for a new one': [
    { file: 'db/updates.ts', find: 'doNothing()', replace: 'doUpdateSet({ handledAt: null })' },
  ],
  'forgets what it stored': [{ file: 'src/plugins/bot.ts', find: 'await dispatcher.resume()', replace: '0' }],
  'marks what it handled afterwards': [
    { file: 'src/bot/context.ts', find: '!(await stores.updates.setHandled(updateId))', replace: '!updateId' },
  ],
  'believes whichever chat is named': [
    { file: 'src/bot/origin.ts', find: "chat.type === 'private' && chat.id !== content.from.id", replace: 'false' },
    { file: 'src/bot/context.ts', find: '    return this.userId\n', replace: '    return this.chat?.id ?? this.userId\n' },
  ],
  'moves a job whatever its state': [{ file: 'db/job-queries.ts', find: ".where('status', '=', from)", replace: '' }],
  'leaves running jobs as they are': [
    { file: 'src/jobs/reconcile.ts', find: 'await stores.jobs.markInterrupted(INTERRUPTED)', replace: '[] as FailedJob[]' },
  ],
  'migrates in pieces': [
    {
      file: 'db/driver.ts',
      find: 'override get supportsTransactionalDdl(): boolean {\n    return true',
      replace: 'override get supportsTransactionalDdl(): boolean {\n    return false',
    },
  ],
  'settles one after the other and tells afterwards': [
    {
      file: 'src/jobs/reconcile.ts',
      find: 'return db.transaction(async (stores) => {\n    const interrupted = await stores.jobs.markInterrupted(INTERRUPTED)',
      replace: 'const interrupted = await db.jobs.markInterrupted(INTERRUPTED)\n  return db.transaction(async (stores) => {',
    },
  ],
  'takes no lock': [
    { file: 'db/lock.ts', find: "lock.exec('BEGIN EXCLUSIVE; COMMIT')", replace: "lock.pragma('locking_mode = NORMAL')" },
  ],
  'trusts its file whatever becomes of it': [
    { file: 'src/server.ts', find: 'app.db.untrusted.then((err) => {', replace: "process.once('SIGUSR1', (err) => {" },
  ],
  'fails a job when the disk fails': [
    {
      file: 'src/jobs/work.ts',
      find: 'await whenWritable(signal, async () => {',
      replace: 'await (async (_: unknown, work: () => Promise<void>) => work())(signal, async () => {',
    },
  ],
  'has all the patience': [
    { file: 'src/app.ts', find: 'requestTimeout: 15_000', replace: 'requestTimeout: 0' },
    { file: 'src/app.ts', find: 'headersTimeout: 15_000', replace: 'headersTimeout: 0' },
  ],
  'announces in a second transaction': [
    { file: 'src/jobs/runner.ts', find: 'if (ended) await announce(stores, ended)', replace: '' },
    {
      file: 'src/jobs/runner.ts',
      find: 'const ended = await endAs(job.id, store)',
      replace: 'const ended = await endAs(job.id, store); if (ended) await db.transaction((stores) => announce(stores, ended))',
    },
  ],
  'keeps failures to itself': [
    { file: 'src/jobs/runner.ts', find: 'if (ended) await', replace: "if (ended?.status === 'done') await" },
  ],
  'marks before it sends': [
    {
      file: 'src/telegram/sender.ts',
      find: 'messageId = await transmit(',
      replace: 'await db.deliveries.setSent(id, attempts, 0); messageId = await transmit(',
    },
  ],
  'gives up a failed send': [
    {
      file: 'src/telegram/api.ts',
      find: 'if (!(error instanceof TelegramError)) return backOff',
      replace: 'if (!(error instanceof TelegramError)) return undefined',
    },
  ],
  'sends everything twice': [
    {
      file: 'src/telegram/sender.ts',
      find: 'messageId = await transmit(',
      replace: 'await transmit(api, delivery); messageId = await transmit(',
    },
  ],
  'sends the newest first': [
    {
      file: 'db/deliveries.ts',
      find: ".where('purpose', isOfButtons ? '=' : '<>', 'callback')",
      replace: ".where('purpose', isOfButtons ? '=' : '<>', 'callback').orderBy('id', 'desc')",
    },
  ],
  'tells the address of a failed call': [
    {
      file: 'src/telegram/api.ts',
      find: 'throw new TelegramUnreachable(what,',
      replace: 'throw new TelegramUnreachable(path,',
    },
    { file: 'src/scrub.ts', find: '.filter((secret) => secret.length >= SHORTEST)', replace: '.slice(0, 0)' },
  ],
  'settles status messages unseen': [
    {
      file: 'src/telegram/status-editor.ts',
      find: 'edits.push({ open: message, job, wanted })',
      replace: 'await db.statusMessages.setShown(job.id, wanted.key, job.completedAt !== null)',
    },
  ],
  'keeps the conversation of who is forgotten': [
    { file: 'db/people.ts', find: "await db.deleteFrom('messages').where('userId', '=', userId).execute()", replace: '' },
  ],
  'ends without a second look': [
    {
      file: 'src/idle.ts',
      find: 'if (isClosed && requests.count === before && !(await isBusy())) return true',
      replace: 'if (isClosed) return true',
    },
  ],
  'knows better than retry_after': [
    { file: 'src/telegram/api.ts', find: 'Number(error.parameters?.retry_after) || 1', replace: '1' },
  ],
} satisfies Record<string, Change[]>

export type Variant = keyof typeof broken

/** The changes of a variant by file. @throws where one does not fit the sources exactly once. */
export function changesOf(name: string, read: (file: string) => string): Map<string, Change[]> {
  const changes: Change[] | undefined = Object.entries(broken).find(([variant]) => variant === name)?.[1]
  if (!changes) throw new Error(`There is no broken variant "${name}"`)
  for (const { file, find } of changes) {
    const times = read(file).split(find).length - 1
    if (times !== 1) throw new Error(`The variant "${name}" does not fit: "${find}" stands ${times} times in ${file}`)
  }
  return Map.groupBy(changes, ({ file }) => file)
}
