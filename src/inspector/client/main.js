import { $ } from './dom.js'
import { openDoor } from './door.js'
import { tick } from './job-words.js'
import { focusOn, markOpen, startList } from './list.js'
import { showOpened } from './opened.js'
import { comeForward, dressLikeTelegram, onBack, showBack } from './telegram.js'

/** The job that the address names: it can be shared, and the browser's way back leads to the list. */
function jobInAddress() {
  const id = Number(new URLSearchParams(location.search).get('job'))
  return Number.isSafeInteger(id) && id > 0 ? id : undefined
}

function go(id) {
  if (id === jobInAddress()) return
  history.pushState(null, '', location.pathname + (id ? `?job=${id}` : '') + location.hash)
  move()
}

const back = () => go(undefined)

let shownId

function arrive() {
  shownId = jobInAddress()
  markOpen(shownId)
  showOpened(shownId)
  showBack(shownId !== undefined)
}

/** Arrives, and takes the keyboard along: to the way back where the job is in place of the list, and to where one came from. */
function move() {
  const leftId = shownId
  arrive()
  if (shownId === undefined) focusOn(leftId)
  else $('back').focus({ preventScroll: true }) // beside the list it is not there, and takes no focus
}

window.onpopstate = move
window.onkeydown = ({ key, target }) => {
  if (key === 'Escape' && !$('panes').hidden && !target.closest('.filters')) back()
}
$('back').onclick = back
onBack(back)
setInterval(() => {
  if ($('panes').dataset.state === 'live') tick($('panes'))
}, 1000)

dressLikeTelegram()
comeForward()
openDoor(() => {
  startList(go)
  showOpened(undefined) // of whoever was here before
  arrive()
})
