import type { Migration } from 'kysely/migration'
import * as theHouse from './0001-the-house.ts'
import * as theAssistant from './0002-the-assistant.ts'
import * as nothingIsLost from './0003-nothing-is-lost.ts'
import * as instruments from './0004-instruments.ts'

/** Every migration in its order. A landed one is never edited. */
export const migrations: Record<string, Migration> = {
  '0001-the-house': theHouse,
  '0002-the-assistant': theAssistant,
  '0003-nothing-is-lost': nothingIsLost,
  '0004-instruments': instruments,
}
