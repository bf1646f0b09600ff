import { post, toast } from './around.js'
import { button, element, link } from './dom.js'
import { foldingQuote, isOpen, setOpen } from './quote.js'

const marks = { bold: 'b', italic: 'i', underline: 'u', strikethrough: 's', code: 'code' }
const blocks = ['pre', 'blockquote', 'expandable_blockquote']
const known = [...Object.keys(marks), ...blocks, 'text_link', 'spoiler']
const found = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'»]|(?<![\w/<])\/[a-z0-9_]{1,32}(?![\w/<>])/gi

/**
 * The nodes of a message's text: made one by one from a list of entities that are known, never from markup in the text.
 * `id` is the message's, by which it is remembered what of it was opened.
 */
export function format(text, entities, id) {
  const sorted = entities
    .filter(({ type }) => known.includes(type))
    .toSorted((a, b) => a.offset - b.offset || b.length - a.length)
  return between(sorted, 0, text.length, true)

  // Of entities that overlap without one being in the other, the later one goes on behind the end of the first.
  function between(inside, from, to, mayLink) {
    const nodes = []
    let at = from
    for (const [index, entity] of inside.entries()) {
      const start = Math.max(at, entity.offset)
      const end = Math.min(to, entity.offset + entity.length)
      if (end <= start) continue
      nodes.push(...plain(text.slice(at, start), mayLink))
      const inner = inside.slice(index + 1).filter(({ offset }) => offset < end)
      const links = mayLink && !['code', 'pre', 'text_link'].includes(entity.type)
      nodes.push(wrap(entity, between(inner, start, end, links), `${id}:${entity.type}:${entity.offset}`))
      at = end
      // A block brings its own line break, as in Telegram.
      if (blocks.includes(entity.type) && text[at] === '\n') at += 1
    }
    return [...nodes, ...plain(text.slice(at, to), mayLink)]
  }
}

function plain(text, mayLink) {
  if (text === '') return []
  if (!mayLink) return [text]
  const nodes = []
  let from = 0
  for (const match of text.matchAll(found)) {
    const [what] = match
    nodes.push(text.slice(from, match.index))
    nodes.push(what.startsWith('/') ? button('command', () => post('/say', { text: what }), what) : link(what, what))
    from = match.index + what.length
  }
  return [...nodes, text.slice(from)].filter((node) => node !== '')
}

function wrap({ type, url, language }, children, key) {
  if (type === 'text_link') return link(url, ...children)
  if (type === 'pre') return codeBlock(language, children)
  if (type === 'spoiler') return spoiler(children, key)
  if (type === 'blockquote') return element('blockquote', '', ...children)
  if (type === 'expandable_blockquote') return foldingQuote(children, key)
  return element(marks[type], '', ...children)
}

function codeBlock(language, children) {
  const pre = element('pre', '', ...children)
  pre.dir = 'ltr'
  if (!language) return element('div', 'block', pre)
  const copy = button('', () => copyText(pre.textContent), 'Copy')
  copy.setAttribute('aria-label', 'Copy the code')
  return element('div', 'block', element('div', 'head', element('span', '', language), copy), pre)
}

function spoiler(children, key) {
  const inner = element('span', '', ...children)
  const node = element('span', 'spoiler', inner)
  if (isOpen(key)) return node
  const open = () => {
    setOpen(key, true)
    inner.inert = false
    for (const name of ['role', 'tabindex', 'aria-label']) node.removeAttribute(name)
    node.classList.remove('closed')
  }
  inner.inert = true
  node.classList.add('closed')
  node.tabIndex = 0
  node.setAttribute('role', 'button')
  node.setAttribute('aria-label', 'Hidden text: show it')
  node.onclick = open
  node.onkeydown = (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return
    event.preventDefault()
    open()
  }
  return node
}

export async function copyText(text) {
  const done = await navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  )
  toast(done ? 'Copied' : 'The browser does not allow copying here.')
}
