import type { Migration } from 'kysely/migration'
import * as theHouse from './0001-the-house.ts'

/** Every migration in its order. A landed one is never edited. */
export const migrations: Record<string, Migration> = {
  '0001-the-house': theHouse,
}
