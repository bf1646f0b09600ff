import { $ } from './dom.js'

let stuck = true
let lastTop = 0
let unseen = 0

const chat = $('chat')
const fromEnd = () => chat.scrollHeight - chat.scrollTop - chat.clientHeight

/** Is the newest message in view? Then what comes next is scrolled to; else it only counts. */
export const isStuck = () => stuck

export function toEnd() {
  stuck = true
  chat.scrollTop = chat.scrollHeight
  showDown()
}

/** Makes a change without scrolling after it. */
export function whileHeld(change) {
  stuck = false
  change()
  showDown()
}

export function countUnseen() {
  unseen += 1
  showDown()
}

/** Shows a message that is longer than the view from its beginning, any other at the end. */
export function reveal(row) {
  toEnd()
  const above = chat.getBoundingClientRect().top + 8 - row.getBoundingClientRect().top
  if (above <= 0) return
  stuck = false
  chat.scrollTop -= above
  showDown()
}

/** Makes a change to a row; what is in view stays where it is when the row is above it. */
export function inPlace(row, change) {
  const before = row.getBoundingClientRect()
  const isAbove = before.bottom <= chat.getBoundingClientRect().top
  change()
  if (stuck) toEnd()
  else if (isAbove) chat.scrollTop += row.getBoundingClientRect().height - before.height
}

export const position = () => chat.scrollTop
export function restore(top) {
  stuck = false
  chat.scrollTop = top
  showDown()
}

function showDown() {
  if (fromEnd() < 40) unseen = 0
  $('down').hidden = fromEnd() < 90
  if (unseen > 0) $('down').dataset.unseen = String(unseen)
  else delete $('down').dataset.unseen
  $('down').setAttribute('aria-label', `Jump to the newest message${unseen > 0 ? `, ${unseen} new` : ''}`)
}

// Only a scroll upwards lets go of the end: content that grows moves it away without anybody's wish.
chat.addEventListener('scroll', () => {
  if (fromEnd() < 40) stuck = true
  else if (chat.scrollTop < lastTop - 1) stuck = false
  lastTop = chat.scrollTop
  showDown()
})

const follow = new ResizeObserver(() => (stuck ? toEnd() : showDown()))
follow.observe(chat)
follow.observe($('list'))
$('down').onclick = toEnd
