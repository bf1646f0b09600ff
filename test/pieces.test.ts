import { expect, expectTypeOf, test } from 'vitest'
import type { NextStatus } from '../src/jobs/lifecycle.ts'
import { elapsed, spanInWords } from '../src/local-time.ts'
import { ordinal } from '../src/telegram/notices.ts'
import { splitText } from '../src/telegram/split.ts'

test('illegal moves do not compile', () => {
  expectTypeOf<NextStatus<'queued'>>().toEqualTypeOf<'running'>()
  expectTypeOf<NextStatus<'running'>>().toEqualTypeOf<'done' | 'failed'>()
  // @ts-expect-error a done job goes nowhere
  const fromDone: NextStatus<'done'> = 'running'
  // @ts-expect-error a job cannot be done without having run
  const skipped: NextStatus<'queued'> = 'done'
  expect([fromDone, skipped]).toBeDefined()
})

test('texts are parted at paragraphs, lines, sentences and words, and nothing is lost', () => {
  expect(splitText('')).toEqual([])
  expect(splitText('  one  ')).toEqual(['one'])
  expect(splitText('aaaa bbbb\n\ncccc dddd', 15)).toEqual(['aaaa bbbb', 'cccc dddd'])
  expect(splitText('aaaa bbbb\ncccc dddd', 15)).toEqual(['aaaa bbbb', 'cccc dddd'])
  expect(splitText('First one. Second one.', 15)).toEqual(['First one.', 'Second one.'])
  expect(splitText('aaaa bbbb cccc', 10)).toEqual(['aaaa bbbb', 'cccc'])
})

test('a word longer than a message is parted without breaking a character', () => {
  const parts = splitText('👍'.repeat(50), 15)
  expect(parts.every((part) => part.length <= 15 && part.isWellFormed())).toBe(true)
  expect(parts.join('')).toBe('👍'.repeat(50))
})

test('any text is parted within the limit, whole and well formed', () => {
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  const pieces = ['a', 'word', ' ', '  ', '\n', '\n\n', '.', '! ', '👍', 'é', '日本', '-'.repeat(20)]
  for (let round = 0; round < 500; round++) {
    const text = Array.from({ length: random(200) }, () => pieces[random(pieces.length)]).join('')
    const limit = 10 + random(60)
    const parts = splitText(text, limit)
    expect(parts.every((part) => part.length > 0 && part.length <= limit && part.isWellFormed())).toBe(true)
    expect(parts.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''))
  }
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
