import type { House } from '../../build.ts'

/** The file itself: whole, and without a reference that leads nowhere. */
export function checkFile(house: House): string[] {
  const integrity = house.rows<{ integrity_check: string }>('PRAGMA integrity_check').map((row) => row.integrity_check)
  const orphans = house.rows('PRAGMA foreign_key_check')
  return [
    ...(integrity.join() === 'ok' ? [] : [`integrity_check says ${integrity.join('; ')}`]),
    ...orphans.map((row) => `foreign_key_check says ${JSON.stringify(row)}`),
  ]
}
