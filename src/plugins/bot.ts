import { setTimeout as sleep } from 'node:timers/promises'
import fp from 'fastify-plugin'
import { createConversation } from '../ai/converse.ts'
import { createFolding, type Folding } from '../ai/fold.ts'
import type { Acknowledge } from '../ai/tool.ts'
import { tools } from '../ai/tools/index.ts'
import { createBot } from '../bot/create-bot.ts'
import { createDispatcher, type Dispatcher } from '../bot/dispatcher.ts'
import { createIntake, type Intake } from '../bot/intake.ts'
import { kinds } from '../jobs/kinds/index.ts'
import { createLocalTime } from '../local-time.ts'
import { createDrafts } from '../telegram/drafts.ts'
import { registerOwnerMenu } from '../telegram/owner-menu.ts'
import { acknowledge } from '../telegram/status-text.ts'
import { register } from '../telegram/webhook.ts'

/** How long a close waits for handlers that do not hear of it, such as one on a call to Telegram. */
const LAST_TRIES_MS = 1_000

declare module 'fastify' {
  interface FastifyInstance {
    intake: Intake
    dispatcher: Dispatcher
    folding: Folding
    /** Whether webhook and commands are as they should be at Telegram. */
    isIntroduced: boolean
  }
}

/** The bot behind its intake. What the last process left unfinished is dispatched before any new update can come. */
export default fp(
  async (app) => {
    const { db, telegram: api, pace, isBehind, claude, runner, ledger, budget, brake, reportStatus, config, scrub, log } = app
    const closing = new AbortController()
    const localTime = createLocalTime(config.timeZone)
    const { chatModel: model } = config.claude
    const acknowledgeFor: Acknowledge = async (stores, asker, request) => {
      const { draining } = runner
      await acknowledge(stores, asker, request, { draining })
      return { waitsForRestart: draining }
    }
    const folding = createFolding({ claude, model, db, log })
    const bot = createBot({
      api,
      signal: closing.signal,
      db,
      conversation: createConversation({
        claude,
        model,
        db,
        tools,
        acknowledge: acknowledgeFor,
        limits: runner.limits,
        budget,
        localTime,
        load: app.files,
        log,
      }),
      folding,
      drafts: createDrafts({ api, pace, isBehind, log }),
      stopAnswer: (chatId) => dispatcher.stopAnswer(chatId),
      dropTurns: (...wish) => dispatcher.dropTurns(...wish),
      kinds,
      runner,
      ledger,
      limits: runner.limits,
      budget,
      localTime,
      miniAppUrl: config.telegram.miniAppUrl,
      ownerUserId: config.ownerUserId,
      reportStatus,
    })
    const dispatcher: Dispatcher = createDispatcher({
      db,
      handle: bot.handle,
      jobCommands: new Set(kinds.map(({ type }) => type)),
      isBraked: brake.isOn,
      scrub,
      signal: closing.signal,
      log,
    })

    const { allowedUserIds, publicUrl, miniAppUrl, webhookSecret: secret } = config.telegram
    if (allowedUserIds === 'everyone') log.warn('TELEGRAM_ALLOWED_USER_IDS is *: everyone may talk with this bot, at your cost')
    app.decorate('intake', createIntake({ db, allowedUserIds, dispatch: dispatcher.dispatch }))
    app.decorate('dispatcher', dispatcher).decorate('folding', folding).decorate('isIntroduced', false)

    app.addHook('onReady', async () => {
      const resumed = await dispatcher.resume()
      if (resumed > 0) log.info({ updates: resumed }, 'Updates of the last process are finished now')
    })
    app.addHook('onListen', () => {
      const { signal } = closing
      Promise.all([
        bot.identify(signal, log),
        register({ api, db, publicUrl, secret, commands: bot.commands, miniAppUrl, signal, log }),
        registerOwnerMenu({ api, db, ownerUserId: config.ownerUserId, commands: bot.ownerCommands, signal, log }),
      ])
        .then(() => {
          app.isIntroduced = true
        })
        .catch((err) => {
          if (!signal.aborted) log.error({ err }, 'The bot could not introduce itself to Telegram')
        })
    })
    app.addHook('onClose', async () => {
      closing.abort(new Error('The service is closing'))
      await folding.close()
      await Promise.race([dispatcher.idle(), sleep(LAST_TRIES_MS, undefined, { ref: false })])
    })
  },
  { name: 'bot', dependencies: ['watch'] },
)
