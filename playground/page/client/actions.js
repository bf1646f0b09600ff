import { post } from './around.js'
import { $ } from './dom.js'
import { find, messageAt } from './list.js'
import { openMenu } from './menu.js'
import { canEdit, startEdit, startReply } from './target.js'
import { copyText } from './text.js'

const longPressMs = 480
const list = $('list')

/** What can be done with a message: what is marked in it is quoted by a reply. */
function itemsFor(message, quote) {
  const items = [{ name: 'reply', label: quote ? 'Quote and reply' : 'Reply', act: () => startReply(message, quote) }]
  if (message.text) items.push({ name: 'copy', label: 'Copy', act: () => copyText(quote ?? message.text) })
  if (message.text || message.photo) {
    items.push({ name: 'forward', label: 'Forward to Remy', act: () => post('/forward', { message_id: message.id }) })
  }
  if (canEdit(message)) items.push({ name: 'edit', label: 'Edit', act: () => startEdit(message) })
  return items
}

function markedIn(row, message) {
  const selection = getSelection()
  const marked = selection.toString().trim()
  const isInside = !selection.isCollapsed && row.contains(selection.anchorNode) && row.contains(selection.focusNode)
  return isInside && marked && message.text.includes(marked) ? marked : undefined
}

function openFor(target, where) {
  const row = target.closest('.row')
  const message = row && (messageAt(target) ?? find(Number(row.dataset.message)))
  if (message) openMenu(itemsFor(message, markedIn(row, message)), where)
  return Boolean(message)
}

list.addEventListener('contextmenu', (event) => {
  if (event.shiftKey || event.target.closest('a')) return
  const atMessage = event.target.matches('.row') || event.target.closest('.bubble')
  const { left, bottom } = event.target.getBoundingClientRect()
  const byKey = event.clientX === 0 && event.clientY === 0
  const where = byKey ? { x: left + 16, y: bottom } : { x: event.clientX, y: event.clientY }
  if (atMessage && openFor(event.target, where)) event.preventDefault()
})

list.addEventListener('mousedown', (event) => {
  if (event.target.closest('.more')) event.preventDefault() // what is marked stays marked
})

list.addEventListener('click', (event) => {
  const more = event.target.closest('.more')
  if (!more) return
  const { left, bottom } = more.getBoundingClientRect()
  openFor(more, { x: left, y: bottom + 4 })
})

list.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !event.target.matches('.row')) return
  event.preventDefault()
  const { left, bottom } = event.target.querySelector('.bubble').getBoundingClientRect()
  openFor(event.target, { x: left + 16, y: bottom })
})

// Safari on phones has no contextmenu event: there a long press is counted out.
let timer
list.addEventListener(
  'touchstart',
  (event) => {
    clearTimeout(timer)
    const [{ clientX: x, clientY: y }] = event.touches
    if ('oncontextmenu' in window && !/iP(hone|ad)|Macintosh/.test(navigator.userAgent)) return
    if (event.target.closest('.bubble')) timer = setTimeout(() => openFor(event.target, { x, y }), longPressMs)
  },
  { passive: true },
)
for (const name of ['touchmove', 'touchend', 'touchcancel']) {
  list.addEventListener(name, () => clearTimeout(timer), { passive: true })
}
