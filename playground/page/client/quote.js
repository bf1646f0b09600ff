import { button, element, icon } from './dom.js'
import { whileHeld } from './scroll.js'

/** What a person has opened, so that it stays open when its message is edited. */
const opened = new Set()
let quotes = 0

export const isOpen = (key) => opened.has(key)
export function setOpen(key, open) {
  if (open) opened.add(key)
  else opened.delete(key)
}

// Up to three lines there is nothing to open; how many lines it has, the width of the window decides.
const measure = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const quote = target.parentElement
    if (quote?.classList.contains('closed')) quote.classList.toggle('short', target.scrollHeight <= target.clientHeight + 1)
  }
})

/** A quote of three lines with a fade, and a tap anywhere on it to open and close it. */
export function foldingQuote(children, key) {
  const fold = element('div', 'fold', ...children)
  const toggle = button('toggle', turn, icon('down'))
  const quote = element('blockquote', 'folding', fold, toggle)
  fold.id = `quote-${++quotes}`
  toggle.setAttribute('aria-controls', fold.id)
  quote.onclick = (event) => {
    const means = event.target.closest('a, button, .spoiler') || !getSelection().isCollapsed
    if (!means && !quote.classList.contains('short')) turn()
  }
  show()
  measure.observe(fold)
  return quote

  function turn() {
    setOpen(key, !isOpen(key))
    whileHeld(show)
  }

  function show() {
    const open = isOpen(key)
    quote.classList.toggle('closed', !open)
    toggle.setAttribute('aria-expanded', String(open))
    toggle.setAttribute('aria-label', open ? 'Show less of the quote' : 'Show the whole quote')
  }
}
