import { element, link } from './dom.js'

/** What a result may be made of; the attributes that count are read below, and no others. */
const blocks = ['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'blockquote', 'pre', 'hr', 'br']
const tables = ['table', 'thead', 'tbody', 'tr', 'th', 'td']
const known = new Set([...blocks, ...tables, 'strong', 'em', 'del', 'code', 'b', 'i', 's'])
/** Of these the content is no text either. */
const mute = new Set(['script', 'style', 'template', 'iframe', 'object', 'svg', 'math', 'noscript', 'textarea', 'title'])

/**
 * The nodes of a result, made anew one by one from what is known. The server's HTML has nothing else in it; this holds even
 * where it had, since a document that is only parsed runs and loads nothing.
 */
export function nodesOf(html) {
  return within(new DOMParser().parseFromString(html, 'text/html').body)
}

function within(parent) {
  return [...parent.childNodes].flatMap(nodeOf)
}

function nodeOf(node) {
  if (node.nodeType === Node.TEXT_NODE) return [node.data]
  if (node.nodeType !== Node.ELEMENT_NODE) return []
  const name = node.localName
  if (mute.has(name)) return []
  if (name === 'a') return [link(node.getAttribute('href') ?? '', ...within(node))]
  if (!known.has(name)) return within(node)
  const made = element(name, '', ...within(node))
  if (name === 'ol') made.start = Number(node.getAttribute('start')) || 1
  if (name === 'pre') made.dir = 'ltr'
  else if (['p', 'li', 'blockquote'].includes(name) || /^h\d$/.test(name)) made.dir = 'auto'
  // What is wider than the page scrolls in itself, by keys too.
  if (name === 'pre' || name === 'table') made.tabIndex = 0
  return [name === 'table' ? element('div', 'wide', made) : made]
}
