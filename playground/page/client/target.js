import { inShort } from './bubble.js'
import { $ } from './dom.js'
import { nameOf } from './list.js'

const input = $('input')
let target
let kept = ''

/** What the composer is about: nothing, a reply to a message, or a change of one. */
export const current = () => target
export const canEdit = ({ mine, sticker, voice, forwardedFrom }) => Boolean(mine && !sticker && !voice && !forwardedFrom)

export function startReply(message, quote) {
  if (target?.edit) stop()
  target = { reply: message, quote }
  show(
    'reply',
    quote ? `Quote of ${nameOf(message)}` : `Reply to ${nameOf(message)}`,
    quote ?? inShort(message),
    'Do not reply',
  )
}

/** What was in the composer waits until the change is made or given up. */
export function startEdit(message) {
  kept = target?.edit ? kept : input.value
  target = { edit: message }
  show('edit', 'Edit message', inShort(message), 'Do not edit')
  setText(message.text)
}

/** Back to a new message; `quietly` where the text of the composer is gone already. */
export function stop() {
  const wasEdit = target?.edit
  target = undefined
  $('target').hidden = true
  if (wasEdit) setText(kept)
  else changed()
  kept = ''
}

export function setText(text) {
  input.value = text
  input.setSelectionRange(text.length, text.length)
  changed()
}

const changed = () => input.dispatchEvent(new Event('input'))

function show(name, title, text, close) {
  $('target-icon').setAttribute('href', `#i-${name}`)
  $('target-title').textContent = title
  $('target-text').textContent = text
  $('target-close').setAttribute('aria-label', close)
  $('target').hidden = false
  changed()
  input.focus()
}

$('target-close').onclick = () => {
  stop()
  input.focus()
}
