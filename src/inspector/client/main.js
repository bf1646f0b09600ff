import { $ } from './dom.js'
import { openDoor } from './door.js'
import { tick } from './job-words.js'
import { markOpen, startList } from './list.js'
import { showOpened } from './opened.js'
import { comeForward, dressLikeTelegram } from './telegram.js'

/** The job that the address names: it can be shared, and the browser's way back leads to the list. */
function jobInAddress() {
  const id = Number(new URLSearchParams(location.search).get('job'))
  return Number.isSafeInteger(id) && id > 0 ? id : undefined
}

function go(id) {
  if (id === jobInAddress()) return
  history.pushState(null, '', location.pathname + (id ? `?job=${id}` : '') + location.hash)
  arrive()
}

function arrive() {
  markOpen(jobInAddress())
  showOpened(jobInAddress())
}

window.onpopstate = arrive
$('back').onclick = () => go(undefined)
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
