import { execFileSync } from 'node:child_process'
import { StepBack } from './step-back.ts'

/** The commit of the working directory. */
export function commitHere(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    throw new StepBack('The commit is not known: git rev-parse HEAD fails here.')
  }
}
