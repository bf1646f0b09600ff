import { announce, ring, showName, showTyping, toast } from './around.js'
import { setCommands } from './commands.js'
import { showRest } from './composer.js'
import { endDraft, showDraft, takeRow } from './draft.js'
import { loseJobs, showJob, showRegistry, startJobs } from './jobs.js'
import { has, isEmpty, remove, setAll, upsert } from './list.js'
import { isStuck, position, restore, toEnd } from './scroll.js'
import { showService } from './service.js'
import { showSwitches } from './side.js'

/** The page's ear: after every connection a snapshot comes first, then whatever happens. */
export function listen() {
  const stream = new EventSource('/events')
  const on = (name, act) => stream.addEventListener(name, ({ data }) => act(JSON.parse(data)))
  stream.onerror = () => {
    showService({ connected: false })
    loseJobs()
  }

  on('snapshot', (all) => {
    const top = !isEmpty() && !isStuck() ? position() : undefined
    showName(all.name)
    setCommands(all.commands)
    showService({ connected: true, service: all.service })
    showSwitches(all.switches)
    startJobs(all.page)
    showTyping(all.typingMs)
    endDraft('expired')
    setAll(all)
    if (all.draft) showDraft(all.draft)
    showRest()
    if (top === undefined) toEnd()
    else restore(top)
  })

  on('message', (message) => {
    const isNews = !message.mine && !has(message.id)
    if (isNews) {
      showTyping(0)
      announce(message)
      if (!message.silent) ring()
    }
    upsert(message, isNews ? takeRow() : undefined)
    showRest()
  })

  on('delete', ({ id }) => remove(id))
  on('draft', showDraft)
  on('draftEnd', ({ why }) => endDraft(why))
  on('typing', ({ ms }) => showTyping(ms))
  on('service', (service) => showService({ service }))
  on('switches', showSwitches)
  on('registry', showRegistry)
  on('job', showJob)
  on('commands', setCommands)
  on('toast', ({ text }) => toast(text))
}
