import { expect } from 'vitest'
import type { House } from '../build.ts'
import { runCommand, secretsOf } from './run-command.ts'

/** Runs the doctor to its end, and sees that no secret is in what it prints. */
export async function examine(house: House, ...args: string[]) {
  await using doctor = runCommand('doctor', house.env, ...args)
  const code = await doctor.ended
  for (const secret of secretsOf(house)) expect(doctor.output()).not.toContain(secret)
  return { code, lines: doctor.lines, line: (name: string) => doctor.lines.find((line) => line.includes(` ${name}: `)) }
}
