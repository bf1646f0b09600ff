// How a job's facts are put, wherever one is shown.
import { element } from './dom.js'

const dayOf = (date) => date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })

/** `22:07:53`, with the day in front where it is not today. */
export function when(iso) {
  const date = new Date(iso)
  const time = date.toLocaleTimeString('en-GB')
  return dayOf(date) === dayOf(new Date()) ? time : `${dayOf(date)}, ${time}`
}

/** `22:07`, or the day where it is not today: enough to find a job in a list. */
export function whenInShort(iso) {
  const date = new Date(iso)
  return dayOf(date) === dayOf(new Date())
    ? date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
    : dayOf(date)
}

export function timeNode(iso, words = when) {
  const node = element('time', '', words(iso))
  node.dateTime = iso
  node.title = iso
  return node
}

/** `8.4 s`, `1 min 23 s`, `2 h 5 min`, `3 d 4 h`; what still goes on is counted in whole seconds. */
function duration(ms, { whole = false } = {}) {
  const seconds = Math.max(0, ms / 1000)
  if (seconds < 59.95) return `${whole || seconds >= 9.95 ? Math.floor(seconds) : seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** How long something took, or has taken so far: then `tick` counts it on. */
export function took(from, to) {
  const node = element('span', 'took')
  node.textContent = duration(Date.parse(to ?? new Date()) - Date.parse(from), { whole: !to })
  if (!to) node.dataset.since = from
  return node
}

/** What goes on has taken longer by now. */
export function tick(root) {
  for (const node of root.querySelectorAll('[data-since]')) {
    const text = duration(Date.now() - Date.parse(node.dataset.since), { whole: true })
    if (node.textContent !== text) node.textContent = text
  }
}

/** How long a job waits, runs, or took. */
export function tookOf({ created_at, started_at, completed_at }) {
  return took(started_at ?? created_at, completed_at)
}

/** A state as a small label in its colour. */
export function chip(state) {
  const node = element('span', 'state-chip', state)
  node.dataset.state = state
  return node
}

/** `1,204 tokens in · 310 out · $0.0123`, as far as it is known; empty where nothing is, or nothing was used. */
export function usageInWords(usage) {
  const { input_tokens: input, output_tokens: output, cost_usd: cost } = usage ?? {}
  if (!input && !output && !cost) return ''
  const parts = [
    typeof input === 'number' && `${input.toLocaleString('en')} tokens in`,
    typeof output === 'number' && `${output.toLocaleString('en')} out`,
    typeof cost === 'number' && `$${cost.toFixed(cost < 1 ? 4 : 2)}`,
  ]
  return parts.filter(Boolean).join(' · ')
}
