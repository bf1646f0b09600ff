import { $, button, icon } from './dom.js'

const popup = $('popup')
let back
let opener

/** Opens a menu of `{ name, label, act }` at a point of the page or above a button; the focus goes there, and back. */
export function openMenu(items, where) {
  back = document.activeElement
  opener = where instanceof Element ? where : undefined
  popup.replaceChildren(
    ...items.map(({ name, label, act }) => {
      const item = button('', () => choose(act), icon(name), label)
      item.setAttribute('role', 'menuitem')
      item.tabIndex = -1
      return item
    }),
  )
  if (!popup.matches(':popover-open')) popup.showPopover()
  place(opener ? above(opener) : where)
  opener?.setAttribute('aria-expanded', 'true')
  popup.firstElementChild.focus()
}

function above(node) {
  const { left, top } = node.getBoundingClientRect()
  return { x: left, y: top - popup.offsetHeight - 6 }
}

function place({ x, y }) {
  const edge = 8
  popup.style.left = `${Math.max(edge, Math.min(x, innerWidth - popup.offsetWidth - edge))}px`
  popup.style.top = `${Math.max(edge, Math.min(y, innerHeight - popup.offsetHeight - edge))}px`
}

function choose(act) {
  popup.hidePopover()
  act()
}

popup.addEventListener('toggle', ({ newState }) => {
  if (newState !== 'closed') return
  opener?.setAttribute('aria-expanded', 'false')
})
popup.addEventListener('beforetoggle', ({ newState }) => {
  if (newState === 'closed' && popup.contains(document.activeElement)) back?.focus({ preventScroll: true })
})

popup.onkeydown = (event) => {
  const items = [...popup.children]
  const at = items.indexOf(document.activeElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key]
  if (event.key === 'Tab') popup.hidePopover()
  if (to === undefined) return
  event.preventDefault()
  items[to % items.length].focus()
}
