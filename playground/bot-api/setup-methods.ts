import { checkWebApp } from './markup.ts'
import type { Params } from './params.ts'
import { isObject, readFlag, readInteger, readText } from './params.ts'
import { badRequest } from './refusal.ts'
import type { State } from './state.ts'

/** What the pusher must do when the webhook changes. */
export type WebhookChanges = { pending(): number; drop(): void; changed(): void }

/** The methods about the bot itself: who it is, where its updates go, what its menu shows. */
export function createSetupMethods(pushes: WebhookChanges) {
  return {
    getMe: (_: Params, state: State): unknown => state.me,

    setWebhook(params: Params, state: State): unknown {
      const url = readText(params, 'url')
      if (url === '') return this.deleteWebhook(params, state)
      checkAddress(url)
      const secret = readText(params, 'secret_token')
      if (secret.length > 256) throw badRequest('secret token is too long')
      if (!/^[\w-]*$/.test(secret)) throw badRequest('secret token contains unallowed characters')
      const connections = readInteger(params, 'max_connections') ?? 40
      readAllowedUpdates(params, state)
      state.webhook = {
        url,
        secret: secret === '' ? undefined : secret,
        maxConnections: Math.min(100, Math.max(1, connections)),
        lastError: undefined,
      }
      if (readFlag(params, 'drop_pending_updates')) pushes.drop()
      pushes.changed()
      return true
    },

    deleteWebhook(params: Params, state: State): unknown {
      state.webhook = undefined
      if (readFlag(params, 'drop_pending_updates')) pushes.drop()
      pushes.changed()
      return true
    },

    getWebhookInfo(_: Params, state: State): unknown {
      const { webhook } = state
      return {
        url: webhook?.url ?? '',
        has_custom_certificate: false,
        pending_update_count: pushes.pending(),
        ...(webhook && { max_connections: webhook.maxConnections, ip_address: '127.0.0.1' }),
        ...(webhook?.lastError && {
          last_error_date: webhook.lastError.date,
          last_error_message: webhook.lastError.message,
        }),
        ...(state.allowedUpdates && { allowed_updates: state.allowedUpdates }),
      }
    },

    setMyCommands(params: Params, state: State): unknown {
      const { commands } = params
      if (!Array.isArray(commands)) throw badRequest("can't parse commands JSON object")
      if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH')
      state.commands.set(commandsKey(params), commands.map(readCommand))
      return true
    },

    getMyCommands: (params: Params, state: State): unknown => state.commands.get(commandsKey(params)) ?? [],

    setChatMenuButton(params: Params, state: State): unknown {
      if (params.chat_id !== undefined) throw badRequest('only the button of all chats is known here')
      state.menuButton = readMenuButton(params.menu_button ?? { type: 'default' })
      return true
    },

    getChatMenuButton: (_: Params, state: State): unknown => state.menuButton,

    deleteMyCommands(params: Params, state: State): unknown {
      state.commands.delete(commandsKey(params))
      return true
    },
  }
}

/** Takes over `allowed_updates`. Not given keeps the list of before; an empty list means the usual kinds. */
export function readAllowedUpdates(params: Params, state: State): void {
  const allowed = params.allowed_updates
  if (allowed === undefined) return
  if (!(Array.isArray(allowed) && allowed.every((kind) => typeof kind === 'string'))) {
    throw badRequest("can't parse allowed updates JSON object")
  }
  state.allowedUpdates = allowed.length > 0 ? allowed : undefined
}

/** Where the commands of one scope and language are kept; with nothing given, the default ones. */
export function commandsKey(params: Params): string {
  const scope = isObject(params.scope) ? params.scope : { type: 'default' }
  return JSON.stringify([scope, readText(params, 'language_code')])
}

// Telegram wants https. Plain http is taken for this machine only, because that is all a stand-in can reach.
function checkAddress(url: string): void {
  if (!URL.canParse(url)) throw badRequest('bad webhook: invalid webhook URL specified')
  const { protocol, hostname } = new URL(url)
  const isLocal = hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]'
  if (protocol !== 'https:' && !(protocol === 'http:' && isLocal)) {
    throw badRequest('bad webhook: An HTTPS URL must be provided for webhook')
  }
}

function readCommand(value: unknown): { command: string; description: string } {
  if (!isObject(value)) throw badRequest("can't parse BotCommand: expected an Object")
  const command = readText(value, 'command')
  const description = readText(value, 'description').trim()
  if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID')
  if (description.length < 1 || description.length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID')
  return { command, description }
}

function readMenuButton(value: unknown): Record<string, unknown> {
  if (!isObject(value)) throw badRequest("can't parse MenuButton: expected an Object")
  if (value.type === 'default' || value.type === 'commands') return { type: 'commands' }
  if (value.type !== 'web_app') throw badRequest('MenuButton has unsupported type')
  if (typeof value.text !== 'string' || value.text.trim() === '') throw badRequest('BUTTON_TEXT_EMPTY')
  checkWebApp(value.web_app)
  return { type: 'web_app', text: value.text, web_app: value.web_app }
}
