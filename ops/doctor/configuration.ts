import { type Config, ConfigError, readConfig } from '../../src/config.ts'
import { type Finding, failed, good } from './finding.ts'

type Env = Record<string, string | undefined>

/** Stand in for what is missing or wrong, so that the rest can be read; nothing that needs one of them is checked. */
const stopgaps: Env = {
  TELEGRAM_BOT_TOKEN: '0:unknown',
  TELEGRAM_WEBHOOK_SECRET: 'unknown',
  TELEGRAM_ALLOWED_USER_IDS: '*',
  ANTHROPIC_API_KEY: 'unknown',
}

export interface Configuration {
  config: Config
  /** The variables that do not hold. */
  wrong: ReadonlySet<string>
  finding: Finding
}

export function readConfiguration(env: Env): Configuration {
  try {
    return { config: readConfig(env), wrong: new Set(), finding: good('all variables are as expected') }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const wrong = new Set(error.problems.map((line) => line.split(' ', 1)[0] ?? ''))
    const mended = Object.fromEntries([...wrong].map((name) => [name, stopgaps[name]]))
    const remedy = 'The README lists every variable; an example is in .env.example'
    return { config: readConfig({ ...env, ...mended }), wrong, finding: failed(error.problems.join('; '), remedy) }
  }
}
