import { post } from './around.js'
import { $, button, element } from './dom.js'
import { patch } from './patch.js'

/** On a narrow screen there is room for one of the two: the chat, or what happens behind it. */
function turnTo(side) {
  $('app').classList.toggle('at-side', side)
  ;(side ? $('show-chat') : $('show-side')).focus()
}
$('show-side').onclick = () => turnTo(true)
$('show-chat').onclick = () => turnTo(false)

/** The faults that can be switched on. How they stand the server says, to all open pages alike. */
export function showSwitches(switches) {
  patch($('switches'), switches, { key: ({ name }) => name, make: makeSwitch, fill: fillSwitch })
  $('switches').hidden = switches.length === 0
  const on = switches.filter((each) => each.on)
  $('faults').textContent = on.map(({ label }) => label).join(', ')
  $('faults').hidden = on.length === 0
}

function makeSwitch({ name }) {
  const node = button('switch', () => post('/switch', { name, on: node.getAttribute('aria-pressed') !== 'true' }))
  return node
}

function fillSwitch(node, { label, does, on }) {
  node.setAttribute('aria-pressed', String(on))
  node.replaceChildren(element('i', 'knob'), element('b', '', label), element('span', '', does))
}
