import { askAs } from './ask.js'
import { $ } from './dom.js'
import { initData } from './telegram.js'

/**
 * Lets in who may look: in Telegram the person whom Telegram vouches for, in a browser who knows the inspection token, which
 * stays in this page's memory and is gone with it. `enter` is called each time that somebody came in.
 */
export function openDoor(enter) {
  $('door').onsubmit = (event) => {
    event.preventDefault()
    byToken($('token').value.trim(), enter)
  }
  if (initData) return byTelegram(enter)
  ask('')
}

function ask(why) {
  $('door').hidden = false
  $('panes').hidden = true
  $('door-why').textContent = why
  $('token').focus()
}

/** In Telegram there is no token to ask for. */
function wait(why) {
  ask(why)
  $('with-token').hidden = true
}

async function byTelegram(enter) {
  wait('')
  const answer = await fetch('/inspector/session', {
    method: 'POST',
    headers: { authorization: `tma ${initData}` },
    credentials: 'omit',
  }).catch(() => undefined)
  if (!answer) return wait('The service cannot be reached. Close this and open it again.')
  if (answer.status === 401) return wait((await answer.json()).message)
  if (!answer.ok) return wait(`The service answers ${answer.status}. Close this and open it again.`)
  const { token } = await answer.json()
  askAs('/inspector/jobs', token, () =>
    wait('The hour for which Telegram vouched for you is over. Close this and open it again.'),
  )
  letIn(enter)
}

async function byToken(token, enter) {
  const headers = { authorization: `Bearer ${token}` }
  const answer = /^[\x21-\x7e]+$/.test(token)
    ? await fetch('/jobs?limit=1', { headers, credentials: 'omit', cache: 'no-store' }).catch(() => undefined)
    : { status: 401 }
  if (!answer) return ask('The service cannot be reached.')
  if (answer.status === 404) return ask('This service has no inspection token. In Telegram it shows you your own jobs.')
  if (answer.status === 401) return ask('That is not the inspection token.')
  if (!answer.ok) return ask(`The service answers ${answer.status}. Try again.`)
  $('token').value = ''
  askAs('/jobs', token, () => ask('The inspection token is another one now.'))
  letIn(enter)
}

function letIn(enter) {
  $('door').hidden = true
  $('panes').hidden = false
  enter()
}
