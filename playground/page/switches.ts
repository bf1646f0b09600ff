import { EventEmitter } from 'node:events'
import type { BotApi } from '../bot-api/server.ts'
import type { MessagesApi } from '../messages-api/server.ts'

/** Seconds that Telegram asks to wait. */
const retryAfter = 3
const refusedMethods = ['sendMessage', 'editMessageText', 'sendDocument']

type Undo = () => void

/** A fault that lasts until it is taken back. `does` says in a few words what it is. */
export type Switch = { name: string; label: string; does: string; on: boolean }
export type Switches = ReturnType<typeof createSwitches>

/** What can be made to go wrong from the page. Without a stand-in for Claude, nothing can be done to him. */
export function createSwitches({ telegram, claude }: { telegram: BotApi; claude: MessagesApi | undefined }) {
  const changes = new EventEmitter<{ change: [] }>()
  const undos = new Map<string, Undo[]>()
  const all = [
    {
      name: 'telegram-429',
      label: 'Telegram says 429',
      does: `messages are refused: wait ${retryAfter} s`,
      begin: () => refusedMethods.map((method) => telegram.fail({ method, times: Infinity, fault: tooMany })),
    },
    ...(claude
      ? [
          {
            name: 'claude-529',
            label: 'Claude is overloaded',
            does: 'new calls are answered with 529',
            begin: () => [claude.fail({ fault: { kind: 'overloaded' } })],
          },
        ]
      : []),
  ]

  return {
    list: (): Switch[] => all.map(({ name, label, does }) => ({ name, label, does, on: undos.has(name) })),
    /** Tells whether there is such a switch; to set it as it stands changes nothing. */
    set(name: string, on: boolean): boolean {
      const found = all.find((each) => each.name === name)
      if (!found) return false
      if (on === undos.has(name)) return true
      if (on) undos.set(name, found.begin())
      else {
        for (const undo of undos.get(name) ?? []) undo()
        undos.delete(name)
      }
      changes.emit('change')
      return true
    },
    subscribe(listener: () => void): () => void {
      changes.on('change', listener)
      return () => changes.off('change', listener)
    },
  }
}

const tooMany = { kind: 'rate-limit', retryAfter } as const
