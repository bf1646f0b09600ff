import type { StoredUpdate } from '../../db/updates.ts'
import { isCommand, nameOfCommand } from './feature.ts'
import { wordsOf } from './in-words.ts'

/** Telegram's apps part a paste of more than 4,096 characters at the best place in its second half: near the end it is waited for the rest. */
export const SPLIT_LENGTH = 2_048
const SPLIT_NEAR_END = 3_500

/** What of a message tells whether it has company. Looked at, not trusted. */
export interface Looks {
  message_id?: unknown
  text?: unknown
  caption?: unknown
  media_group_id?: unknown
  forward_origin?: unknown
}

/** An update of a conversation, and how it looks: a message, or the edit of one. */
export interface Arrival {
  update: StoredUpdate
  looks: Looks
  isEdit: boolean
}

/** The command in a message, which has to be the person's own word. */
export function isOwnCommand(looks: Looks): boolean {
  return !looks.forward_origin && isCommand(wordsOf(looks))
}

/**
 * To each arrival the command that it belongs to, undefined for the conversation's: a command's own message, its edits, the
 * rest of its album, the rest of its paste, and for one that starts a job the files and forwards that came right before it.
 */
export function keysOf(arrivals: Arrival[], jobCommands: ReadonlySet<string>): unknown[] {
  const keys: unknown[] = []
  for (const [index, { looks, isEdit }] of arrivals.entries()) {
    const { message_id, media_group_id } = looks
    const before = arrivals[index - 1]
    if (!isEdit && isOwnCommand(looks)) {
      keys[index] = media_group_id ?? message_id
      const takesMaterial = jobCommands.has(nameOfCommand(wordsOf(looks)) ?? '')
      for (let earlier = index - 1; takesMaterial && isMaterial(arrivals[earlier]?.looks); earlier--)
        keys[earlier] ??= keys[index]
    } else if (!isEdit && before && !looks.forward_origin && isOwnPart(before.looks)) keys[index] = keys[index - 1]
  }
  for (const [index, { looks, isEdit }] of arrivals.entries()) {
    const { message_id, media_group_id } = looks
    const edited = isEdit ? arrivals.findIndex((other) => !other.isEdit && other.looks.message_id === message_id) : -1
    if (edited >= 0 && isOwnCommand(looks)) keys[edited] ??= message_id // edited into a command
    if (edited >= 0) keys[index] = keys[edited]
    else if (media_group_id && keys.includes(media_group_id)) keys[index] = media_group_id
  }
  return keys
}

function isFileAlone({ text, caption }: Looks): boolean {
  return text === undefined && caption === undefined
}

/** What a job may be about that is asked for right after it. */
export function isMaterial(looks: Looks | undefined): boolean {
  return looks !== undefined && (isFileAlone(looks) || Boolean(looks.forward_origin))
}

export function isOwnText({ text, forward_origin }: Looks): boolean {
  return typeof text === 'string' && !forward_origin
}

/** Whether a text may be the beginning of a longer one. */
export function isOwnPart(looks: Looks): boolean {
  return isOwnText(looks) && wordsOf(looks).length >= SPLIT_LENGTH
}

export function mayHaveCompany(looks: Looks): boolean {
  const { media_group_id, forward_origin } = looks
  const isLong = isOwnPart(looks) && (wordsOf(looks).length >= SPLIT_NEAR_END || isOwnCommand(looks))
  return Boolean(media_group_id) || Boolean(forward_origin) || isFileAlone(looks) || isLong
}
