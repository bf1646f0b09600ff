import { dots } from './around.js'
import { bubble } from './bubble.js'
import { calm, element } from './dom.js'
import { addRow, find, jump, nameOf } from './list.js'
import { isStuck, toEnd } from './scroll.js'

/** What is new in a draft is written out within this time, in milliseconds. */
const catchUpMs = 450

let row
let draft
let written = 0
let frame = 0
let lastAt = 0

/** Shows a message as it is being written: what came last is written out quickly, a few letters a frame. */
export function showDraft(next) {
  const sameStart = draft?.text && next.text.startsWith(draft.text.slice(0, written))
  written = sameStart ? written : commonLength(draft?.text ?? '', next.text)
  draft = next
  row ??= addRow('draft')
  row.setAttribute('aria-hidden', 'true')
  if (calm() || document.hidden) written = next.text.length
  cancelAnimationFrame(frame)
  lastAt = performance.now()
  write(lastAt)
}

function write(now) {
  const left = draft.text.length - written
  written += Math.min(left, Math.ceil((left * (now - lastAt)) / catchUpMs))
  if (/[\uD800-\uDBFF]/.test(draft.text.charAt(written - 1))) written += 1
  lastAt = now
  paint()
  if (written < draft.text.length) frame = requestAnimationFrame(write)
}

function paint() {
  const text = draft.text.slice(0, written)
  const entities = draft.entities
    .filter(({ offset }) => offset < written)
    .map((entity) => ({ ...entity, length: Math.min(entity.length, written - entity.offset) }))
  const message = { id: `draft-${draft.id}`, text: text || 'Thinking…', entities }
  const box = bubble([message], { find, jump, nameOf, writing: dots() })
  box.classList.toggle('thinking', text === '')
  row.replaceChildren(element('div', 'stack', box))
  if (isStuck()) toEnd()
}

/** The draft is over. Where a message takes its place, that one comes next and has its row. */
export function endDraft(why) {
  cancelAnimationFrame(frame)
  draft = undefined
  written = 0
  if (why !== 'message') takeRow()?.remove()
}

/** Hands the draft's row over, if there is one. */
export function takeRow() {
  const taken = row
  row = undefined
  taken?.removeAttribute('aria-hidden')
  return taken
}

function commonLength(a, b) {
  let at = 0
  while (at < a.length && a[at] === b[at]) at += 1
  return at
}
