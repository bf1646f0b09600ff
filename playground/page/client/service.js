import { post } from './around.js'
import { $ } from './dom.js'

let service = { state: 'stopped', boots: 0 }
let connected = false
let restarting = false
let logTimer

export function showService(change = {}) {
  service = change.service ?? service
  connected = change.connected ?? connected
  const state = !connected ? 'lost' : restarting && service.state !== 'running' ? 'starting' : service.state
  const words = {
    lost: 'Not reachable, trying again…',
    starting: service.boots > 1 || restarting ? 'Starting again…' : 'Starting…',
    stopped: service.why ? `Ended by itself: ${service.why}` : 'Stopped',
    running: `Running · pid ${service.pid ?? '–'} · boot ${service.boots}`,
  }
  $('service').dataset.state = state
  $('state').textContent = words[state]
  $('kill').textContent = state === 'stopped' ? 'start again' : 'kill -9 and restart'
  $('kill').disabled = state === 'lost' || state === 'starting' || restarting
}

$('kill').onclick = async () => {
  restarting = true
  showService()
  await post('/restart')
  restarting = false
  showService()
}

async function loadLog() {
  const pre = $('lines')
  const atEnd = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 40
  try {
    const { lines } = await (await fetch('/log')).json()
    pre.textContent = lines.join('\n') || 'Nothing logged yet.'
    if (atEnd) pre.scrollTop = pre.scrollHeight
  } catch {}
}

$('show-log').onclick = () => {
  const open = $('log').hidden
  $('log').hidden = !open
  $('show-log').textContent = open ? 'Close log' : 'Log'
  $('show-log').setAttribute('aria-expanded', String(open))
  clearInterval(logTimer)
  if (!open) return
  loadLog()
  logTimer = setInterval(loadLog, 1000)
}
