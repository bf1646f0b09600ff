// npm run deploy [-- --url URL] [--command "…"]: lets the running jobs end, deploys, and sees that the new version is ready.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { commitHere } from './deploy/commit.ts'
import { createService, type Service } from './deploy/service.ts'
import { StepBack } from './deploy/step-back.ts'
import { untilNew, untilNothingRuns } from './deploy/wait.ts'
import { readConfiguration } from './doctor/configuration.ts'

const { telegram, inspectionToken } = readConfiguration(process.env).config
const say = (line: string) => void process.stdout.write(`${line}\n`)
const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort())

process.exit(
  await deploy().catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error))
    return 1
  }),
)

async function deploy(): Promise<number> {
  const { url = telegram.publicUrl, command, patienceMs, readyMs } = readOptions()
  if (!url) throw new StepBack('The address of the service is not known. Set PUBLIC_URL, or name it with --url.')
  if (!inspectionToken) throw new StepBack('INSPECTION_TOKEN is not set: without it the service cannot be drained.')
  const commit = commitHere()
  const service = createService(url.replace(/\/+$/, ''), inspectionToken)

  const before = await service.health()
  await service.drain()
  try {
    await untilNothingRuns(service, { patienceMs, say, signal: stopped.signal })
    await run(command ?? `fly deploy --ha=false --build-arg COMMIT_SHA=${commit}`, commit)
    stopped.signal.throwIfAborted()
  } catch (error) {
    await resume(service, before.boot_id)
    if (stopped.signal.aborted) throw new StepBack('Stopped: nothing more is done.')
    throw error
  }
  const { commit: now } = await untilNew(service, before.boot_id, { patienceMs: readyMs, signal: stopped.signal }).catch(
    async (error) => {
      await resume(service, before.boot_id)
      throw error
    },
  )
  if (now !== commit && now !== 'unknown') {
    throw new StepBack(`It is ready, but runs ${now}, and ${commit} was deployed.`)
  }
  say(`Deployed: ${url} is ready with ${now === 'unknown' ? 'a new process' : now}.`)
  return 0
}

async function run(command: string, commit: string): Promise<void> {
  say(command)
  const child = spawn(command, { shell: true, stdio: 'inherit', env: { ...process.env, COMMIT_SHA: commit } })
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new StepBack(`The deployment failed (${code ?? signal}).`)
}

/** Where the same process is still there, its jobs are to begin again. */
async function resume(service: Service, bootId: string): Promise<void> {
  try {
    if ((await service.health()).boot_id !== bootId) return
    await service.endDrain()
    say('Jobs begin again on the version that runs.')
  } catch {
    say('The service could not be told to go on: a drain ends by itself after an hour, or by a restart.')
  }
}

function readOptions() {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { url: text, command: text, patience: text, ready: text } })
  const seconds = (name: 'patience' | 'ready', fallback: number) => {
    const value = Number(values[name] ?? fallback)
    if (!(value >= 0)) throw new StepBack(`--${name} expects seconds.`)
    return value * 1000
  }
  return { ...values, patienceMs: seconds('patience', 20 * 60), readyMs: seconds('ready', 3 * 60) }
}
