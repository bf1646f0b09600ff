/** The one element with this id. */
export const $ = (id) => document.getElementById(id)

export function element(tag, className, ...children) {
  const node = document.createElement(tag)
  if (className) node.className = className
  node.append(...children)
  return node
}

export function button(className, act, ...children) {
  const node = element('button', className, ...children)
  node.type = 'button'
  node.onclick = act
  return node
}

const svg = 'http://www.w3.org/2000/svg'

/** A picture from the page's own set; what it means to those who do not see it is said by its label, if it means anything. */
export function icon(name, label) {
  const node = document.createElementNS(svg, 'svg')
  const use = document.createElementNS(svg, 'use')
  use.setAttribute('href', `#i-${name}`)
  node.setAttribute('class', `icon icon-${name}`)
  if (label) {
    node.setAttribute('role', 'img')
    node.setAttribute('aria-label', label)
  } else node.setAttribute('aria-hidden', 'true')
  node.append(use)
  return node
}

/** A link to somewhere else, or only its text where the address is none that a chat should lead to. */
export function link(address, ...children) {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || !['http:', 'https:', 'mailto:', 'tg:'].includes(url.protocol)) return element('span', '', ...children)
  const node = element('a', '', ...children)
  node.href = url.href
  node.target = '_blank'
  node.rel = 'noopener noreferrer'
  return node
}

export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches

/** Is it held in the hand? Then Enter makes a new line, and nothing opens the keyboard unasked. */
export const handheld = () => matchMedia('(hover: none) and (pointer: coarse)').matches
