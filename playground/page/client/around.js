import { $, element } from './dom.js'

let toastTimer
let typingTimer
let name = 'Remy'
let unread = 0

export function toast(text) {
  clearTimeout(toastTimer)
  $('toast').textContent = text
  $('toast').hidden = false
  toastTimer = setTimeout(() => {
    $('toast').hidden = true
  }, 3500)
}

/** Posts an object as JSON, or a form; says so where it does not go through. */
export async function post(path, body) {
  const isForm = body instanceof FormData
  const headers = body && !isForm ? { 'content-type': 'application/json' } : {}
  try {
    const answer = await fetch(path, { method: 'POST', headers, body: body && !isForm ? JSON.stringify(body) : body })
    if (!answer.ok) throw new Error(String(answer.status))
    return true
  } catch (error) {
    const isLarge = error instanceof Error && error.message === '413'
    toast(isLarge ? 'That is more than this chat can take.' : 'That did not go through. Please try again.')
    return false
  }
}

export function showName(given) {
  name = given
  $('name').textContent = name
  $('drop-name').textContent = name
  $('avatar').textContent = name.slice(0, 1)
  showTitle()
}

function showTitle() {
  document.title = `${unread > 0 ? `(${unread}) ` : ''}${name} playground`
}

/** Counts a message that rings while nobody looks. */
export function ring() {
  if (!document.hidden) return
  unread += 1
  showTitle()
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return
  unread = 0
  showTitle()
})

/** Says a new message to those who hear the page. The list itself is silent, or every tick and edit would be read out. */
export function announce(message) {
  const what = message.text || (message.document && `sent the file ${message.document.name}`) || 'sent a picture'
  $('announce').textContent = `${name}: ${what.slice(0, 400)}`
}

export function showTyping(ms) {
  clearTimeout(typingTimer)
  const subtitle = $('subtitle')
  subtitle.className = ms > 0 ? 'typing' : ''
  subtitle.replaceChildren(...(ms > 0 ? ['typing', dots()] : ['bot']))
  if (ms > 0) typingTimer = setTimeout(() => showTyping(0), ms)
}

export function dots() {
  const node = element('span', 'dots', element('i'), element('i'), element('i'))
  node.setAttribute('aria-hidden', 'true')
  return node
}
