import { expect, expectTypeOf, test } from 'vitest'
import type { NextStatus } from '../src/jobs/lifecycle.ts'
import { elapsed, spanInWords } from '../src/local-time.ts'
import { ordinal } from '../src/telegram/ordinal.ts'

test('illegal moves do not compile', () => {
  expectTypeOf<NextStatus<'queued'>>().toEqualTypeOf<'running' | 'failed'>()
  expectTypeOf<NextStatus<'running'>>().toEqualTypeOf<'done' | 'failed'>()
  // @ts-expect-error a done job goes nowhere
  const fromDone: NextStatus<'done'> = 'running'
  // @ts-expect-error a job cannot be done without having run
  const skipped: NextStatus<'queued'> = 'done'
  expect([fromDone, skipped]).toBeDefined()
})

test('durations and places read as people say them', () => {
  expect(elapsed('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:47.400Z')).toBe('47 s')
  expect(elapsed('2026-01-01T00:00:00.000Z', '2026-01-01T00:03:20.000Z')).toBe('3 min 20 s')
  expect(elapsed('2026-01-01T00:00:00.000Z', '2026-01-01T01:05:00.000Z')).toBe('1 h 5 min')
  expect([900_000, 60_000, 90_000, 1_000].map(spanInWords)).toEqual(['15 minutes', '1 minute', '90 seconds', '1 second'])
  expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 112].map(ordinal)).toEqual([
    '1st',
    '2nd',
    '3rd',
    '4th',
    '11th',
    '12th',
    '13th',
    '21st',
    '22nd',
    '112th',
  ])
})
