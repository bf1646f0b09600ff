import type { House } from '../build.ts'
import { checkDeliveries } from './check/deliveries.ts'
import { checkFile } from './check/file.ts'
import { checkForgotten } from './check/forgotten.ts'
import { checkJobs } from './check/jobs.ts'
import { checkSecrets } from './check/secrets.ts'
import { checkStatusMessages } from './check/status.ts'
import { checkUpdates } from './check/updates.ts'
import type { Seen } from './rig.ts'

/**
 * Holds a service that has come to rest against the promises.
 * @returns what is wrong, in words; nothing where all is well.
 */
export async function check(house: House, seen: Pick<Seen, 'answered' | 'kills'>): Promise<string[]> {
  return [
    ...checkUpdates(house, seen.answered),
    ...checkJobs(house),
    ...checkDeliveries(house, seen.kills),
    ...checkStatusMessages(house),
    ...checkForgotten(house),
    ...checkFile(house),
    ...(await checkSecrets(house)),
  ]
}
