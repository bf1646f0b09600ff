import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { broken, changesOf } from './broken.ts'

const root = join(import.meta.dirname, '..', '..')

test.for(Object.keys(broken))('the sources are as a service expects them that %s', (variant) => {
  expect(changesOf(variant, (file) => readFileSync(join(root, file), 'utf8')).size).toBeGreaterThan(0)
})
