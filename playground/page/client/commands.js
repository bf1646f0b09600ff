import { $, button, element } from './dom.js'
import { setText } from './target.js'

const input = $('input')
const menu = $('menu')
let commands = []
let selected = 0

export function setCommands(list) {
  commands = list
  $('slash').hidden = list.length === 0
  showCommands()
}

function matching() {
  const typed = /^\/(\w*)$/.exec(input.value)
  return typed ? commands.filter(({ command }) => command.startsWith(typed[1].toLowerCase())) : []
}

/** The commands that begin with what is typed, the first one chosen. */
export function showCommands(at = 0) {
  const found = matching()
  selected = Math.max(0, Math.min(at, found.length - 1))
  menu.hidden = found.length === 0
  menu.replaceChildren(...found.map(optionFor))
  if (menu.hidden) return input.removeAttribute('aria-activedescendant')
  input.setAttribute('aria-activedescendant', `command-${selected}`)
  menu.children[selected].scrollIntoView({ block: 'nearest' })
}

function optionFor({ command, description }, index) {
  const option = button('', () => choose(command), element('b', '', `/${command}`), element('span', '', description))
  option.id = `command-${index}`
  option.tabIndex = -1
  option.setAttribute('role', 'option')
  option.setAttribute('aria-selected', String(index === selected))
  option.onpointerdown = (event) => event.preventDefault() // the keyboard of a phone stays open
  return option
}

function choose(command) {
  setText(`/${command} `)
  input.focus()
}

/** Does what a key means while the menu is open; tells whether it meant anything. */
export function pressInCommands(event) {
  const found = matching()
  if (found.length === 0) return false
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    showCommands((selected + (event.key === 'ArrowDown' ? 1 : found.length - 1)) % found.length)
    return true
  }
  if (event.key === 'Escape') {
    setText('')
    return true
  }
  const pick = found[selected]
  const isChoice = event.key === 'Tab' || (event.key === 'Enter' && `/${pick.command}` !== input.value.toLowerCase())
  if (!isChoice || event.shiftKey) return false
  choose(pick.command)
  return true
}

$('slash').onpointerdown = (event) => event.preventDefault()
$('slash').onclick = () => {
  setText(input.value === '/' ? '' : '/')
  input.focus()
}
