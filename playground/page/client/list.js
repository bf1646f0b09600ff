import { bubble, clock, keyboard } from './bubble.js'
import { $, button, calm, element, icon } from './dom.js'
import { countUnseen, inPlace, isStuck, reveal, toEnd, whileHeld } from './scroll.js'

/** Messages of one person that follow each other within this many seconds stand close together. */
const together = 10 * 60

const list = $('list')
const rows = new Map()
let messages = new Map()
let note
let remy = 'Remy'

const keyOf = ({ album, id }) => (album ? `album-${album}` : `m${id}`)
const byId = () => [...messages.values()].sort((a, b) => a.id - b.id)
const groupOf = (message) => (message.album ? byId().filter(({ album }) => album === message.album) : [message])
const dayOf = (seconds) => new Date(seconds * 1000).toDateString()

export const find = (id) => messages.get(id)
export const has = (id) => messages.has(id)
export const isEmpty = () => messages.size === 0
export const lastOwn = (suits) => byId().findLast((message) => message.mine && suits(message))
export const nameOf = ({ mine }) => (mine ? 'You' : remy)
export const messageAt = (node) => messages.get(Number(node.closest('[data-message]')?.dataset.message))

/** All anew: after every connection the page is told everything. */
export function setAll(all) {
  messages = new Map(all.messages.map((message) => [message.id, message]))
  note = all.note
  remy = all.name
  render()
}

export function remove(id) {
  messages.delete(id)
  render()
}

/** Puts a message where it belongs, or changes the one that is there. A new one may take over a row: that of its draft. */
export function upsert(message, draft) {
  const isNew = !messages.has(message.id)
  const newest = byId().at(-1)
  messages.set(message.id, message)
  const row = rows.get(keyOf(message))
  const isLate = newest && newest.id > message.id
  if (row || isLate) draft?.remove()
  if (row) inPlace(row, () => fill(row, groupOf(message)))
  else if (isLate) whileHeld(render)
  else append(message, newest, draft)
  if (!isNew) return
  if (!row && !isLate && !draft) rows.get(keyOf(message)).classList.add('new')
  if (message.mine) return toEnd()
  if (!isStuck()) countUnseen()
  else if (draft) toEnd()
  else reveal(rows.get(keyOf(message)))
}

/** A row below all messages for what is being written. */
export function addRow(name) {
  const newest = byId().at(-1)
  const same = newest && !newest.mine && Date.now() / 1000 - newest.date < together
  const row = element('div', `row ${name}${same ? ' same' : ''}`)
  list.append(row)
  return row
}

export function jump(id) {
  const message = messages.get(id)
  if (!message) return // deleted meanwhile
  const row = rows.get(keyOf(message))
  row.scrollIntoView({ block: 'center', behavior: calm() ? 'auto' : 'smooth' })
  row.classList.remove('flash', 'new')
  row.getBoundingClientRect() // so that a second flash begins anew
  row.classList.add('flash')
  row.focus({ preventScroll: true })
}
list.addEventListener('animationend', ({ animationName, target }) => {
  if (target.matches('.row')) target.classList.remove(animationName === 'flash' ? 'flash' : 'new')
})

function render() {
  const drafted = list.querySelector('.draft')
  rows.clear()
  list.replaceChildren()
  if (note) list.append(element('p', 'note', note))
  let before
  for (const message of byId()) {
    if (!rows.has(keyOf(message))) append(message, before)
    before = message
  }
  if (drafted) list.append(drafted)
}

function append(message, before, row = element('div')) {
  const newDay = !before || dayOf(before.date) !== dayOf(message.date)
  const same = !newDay && before.mine === message.mine && message.date - before.date < together
  row.className = `row${message.mine ? ' mine' : ''}${same ? ' same' : ''}`
  row.id = keyOf(message)
  row.setAttribute('role', 'article')
  fill(row, groupOf(message))
  rows.set(row.id, row)
  const draft = list.querySelector('.draft')
  const nodes = newDay ? [element('p', 'day', dayLabel(message.date)), row] : [row]
  if (draft) draft.before(...nodes)
  else list.append(...nodes)
  draft?.classList.toggle('same', !message.mine)
  if (!list.contains(document.activeElement)) focusable(row)
}

/** What a row holds, new from the ground up. Whatever had the focus in it is found again by what it says. */
function fill(row, group) {
  const [message] = group
  const focused = row.contains(document.activeElement) && document.activeElement !== row ? document.activeElement : undefined
  const alike = focused && ((node) => node.tagName === focused.tagName && node.textContent === focused.textContent)
  row.dataset.message = message.id
  row.setAttribute('aria-label', `${nameOf(message)}, ${clock(message.date)}`)
  const stack = element('div', 'stack', bubble(group, { find, jump, nameOf }))
  if (message.keyboard) stack.append(keyboard(message))
  stack.classList.toggle('keys', Boolean(message.keyboard))
  const more = button('more', undefined, icon('more'))
  more.tabIndex = -1
  more.setAttribute('aria-label', 'What to do with this message')
  stack.append(more)
  row.replaceChildren(stack)
  if (focused) ([...row.querySelectorAll('a, button, [tabindex]')].find(alike) ?? row).focus({ preventScroll: true })
}

function dayLabel(seconds) {
  const date = new Date(seconds * 1000)
  const today = new Date()
  if (dayOf(seconds) === today.toDateString()) return 'Today'
  const year = date.getFullYear() === today.getFullYear() ? undefined : 'numeric'
  return date.toLocaleDateString('en', { day: 'numeric', month: 'long', year })
}

// One message at a time is a stop of the Tab key; the arrows go from there to the others.
function focusable(row) {
  for (const other of list.querySelectorAll(':scope > [tabindex="0"]')) other.tabIndex = -1
  row.tabIndex = 0
}

list.addEventListener('focusin', ({ target }) => {
  if (target.matches('.row')) focusable(target)
})

list.addEventListener('keydown', (event) => {
  if (!event.target.matches('.row')) return
  const all = [...rows.values()]
  const at = all.indexOf(event.target)
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key]
  if (to === undefined || !all[to]) return
  event.preventDefault()
  all[to].tabIndex = -1
  all[to].focus()
})
