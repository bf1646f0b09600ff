import { post } from './around.js'
import { button, element, icon, link } from './dom.js'
import { file, pictures, voice } from './media.js'
import { format } from './text.js'

/** What a message is called where there is no room for all of it. */
export function inShort({ text, photo, document, voice, sticker }) {
  if (text) return text.replace(/\s+/g, ' ').slice(0, 140)
  if (photo) return 'Photo'
  if (document) return document.name
  return voice ? 'Voice message' : (sticker ?? '')
}

export const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })

/**
 * A message as it stands in the chat, or the messages of one album as one; `near` finds the others and jumps to them.
 * With `writing` it is not there yet.
 */
export function bubble(group, { find, jump, nameOf, writing }) {
  const [message] = group
  const box = element('div', 'bubble')
  if (message.sticker) box.classList.add('bare')
  const photos = group.filter(({ photo }) => photo).map(({ id, photo }) => ({ id, ...photo }))
  if (message.forwardedFrom) box.append(element('div', 'from', 'Forwarded from ', element('b', '', message.forwardedFrom)))
  if (message.replyTo !== undefined) box.append(...quoted(message, find(message.replyTo), { jump, nameOf }))
  if (photos.length > 0) box.append(pictures(photos))
  if (photos.length > 0 && box.childElementCount === 1) box.classList.add('picture-first')

  const meta = writing ? element('span', 'meta', writing) : metaOf(group)
  const captions = group.filter(({ text }) => text)
  for (const each of group) {
    if (each.document) box.append(file(each.document))
    if (each.voice) box.append(voice(each.voice))
    if (each.sticker) box.append(element('div', 'sticker', each.sticker))
    if (each.text) box.append(body(each))
  }
  // The last line leaves room for the time; where the last thing is no text, the time has a line of its own or lies on it.
  const last = box.lastElementChild
  if (last?.classList.contains('body')) last.append(meta)
  else box.append(meta)
  if (photos.length > 0 && captions.length === 0) box.classList.add('picture-last')
  return box
}

function body({ text, entities, id }) {
  const node = element('div', 'body', ...format(text, entities, id))
  node.dir = 'auto'
  node.dataset.message = id
  return node
}

function metaOf(group) {
  const message = group.at(-1)
  const edited = group.some((each) => each.edited)
  const meta = element('span', 'meta', `${edited ? 'edited ' : ''}${clock(message.date)}`)
  if (message.silent) meta.prepend(icon('silent', 'came without a sound'), ' ')
  if (!message.mine) return meta
  const taken = group.every(({ delivered }) => delivered)
  const words = taken ? 'taken by the service' : 'sent, not yet taken by the service'
  meta.append(icon(taken ? 'taken' : 'sent', words))
  return meta
}

function quoted(message, original, { jump, nameOf }) {
  if (!original) return []
  const text = element('span', 'quoted-text', message.quote ?? inShort(original))
  text.dir = 'auto'
  const node = button('quoted', () => jump(original.id), element('b', '', nameOf(original)), text)
  node.setAttribute('aria-label', `In reply to ${nameOf(original)}: ${text.textContent}. Go there`)
  if (!original.photo) return [node]
  const picture = element('img')
  picture.src = original.photo.url
  picture.alt = ''
  node.prepend(picture)
  return [node]
}

/** The buttons below a message. */
export function keyboard(message) {
  const rows = message.keyboard.map((row) => element('div', 'keys-row', ...row.map((key) => keyOf(key, message.id))))
  return element('div', 'keyboard', ...rows)
}

function keyOf(key, id) {
  const address = key.url ?? key.web_app?.url
  if (address) {
    const node = link(address, `${key.text} ↗\uFE0E`)
    node.className = 'key'
    return node
  }
  const node = button('key', press, key.text)
  return node

  async function press() {
    if (node.ariaBusy === 'true') return
    node.ariaBusy = 'true'
    await post('/press', { message_id: id, data: key.callback_data ?? '' })
    node.ariaBusy = 'false'
  }
}
