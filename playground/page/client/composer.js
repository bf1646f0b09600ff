import { post, toast } from './around.js'
import { pressInCommands, showCommands } from './commands.js'
import { $, button, handheld } from './dom.js'
import { filesToSend, onFiles, setFiles } from './files.js'
import { isEmpty, lastOwn } from './list.js'
import { canEdit, current, setText, startEdit, startReply, stop } from './target.js'

/** Telegram's limits for a text and a caption, in UTF-16 units. */
const longest = 4096
const longestCaption = 1024
const suggestions = ['/board Should I move to Lisbon?', 'is my board done yet?', 'what did the board say?', '/jobs', '/help']

const input = $('input')

async function submit() {
  const text = input.value.trim()
  const { edit, reply, quote } = current() ?? {}
  const files = filesToSend()
  if (edit) return change(edit, text)
  if (!text && files.length === 0) return
  if (files.length > 0 && text.length > longestCaption) return tooLong(longestCaption, 'A caption')
  const replying = reply && { reply_to: reply.id, ...(quote && { quote }) }
  setText('')
  setFiles([])
  stop()
  const sent = await (files.length > 0 ? upload(files, text, replying) : post('/say', { text, ...replying }))
  if (sent || input.value || filesToSend().length > 0) return
  setText(text)
  setFiles(files)
  if (reply) startReply(reply, quote)
}

async function change(message, text) {
  const isCaption = message.photo || message.document
  if (!text && !isCaption) return
  const limit = isCaption ? longestCaption : longest
  if (text.length > limit) return tooLong(limit, isCaption ? 'A caption' : 'One message')
  if (await post('/edit', { message_id: message.id, text })) stop()
}

const tooLong = (limit, what) => toast(`${what} has at most ${limit.toLocaleString('en')} characters.`)

function upload(files, text, replying) {
  const form = new FormData()
  form.set('text', text)
  for (const [name, value] of Object.entries(replying ?? {})) form.set(name, value)
  for (const { kind, blob, name } of files) form.append(kind, blob, name)
  return post('/upload', form)
}

function grow() {
  input.style.height = 'auto'
  input.style.height = `${input.scrollHeight}px`
}

function changed() {
  grow()
  showCommands()
  showRest()
}

/** Suggestions are for an empty composer; a text too long for one message says what comes of it. */
export function showRest() {
  const files = filesToSend().length
  const { length } = input.value.trim()
  const isCaption = files > 0
  $('chips').hidden = length > 0 || files > 0 || Boolean(current())
  $('chips').classList.toggle('first', isEmpty())
  $('send').classList.toggle('ready', length > 0 || files > 0)
  input.placeholder = isCaption ? 'Add a caption' : 'Message'
  const limit = isCaption ? longestCaption : longest
  $('hint').hidden = length <= limit
  if (length > limit) {
    const count = `${length.toLocaleString('en')} of ${limit.toLocaleString('en')} characters`
    $('hint').textContent = isCaption || current()?.edit ? `${count}: too long` : `${count}: this goes as several messages`
  }
}
onFiles(showRest)

input.oninput = changed
input.onkeydown = (event) => {
  if (event.isComposing) return
  if (pressInCommands(event)) return event.preventDefault()
  if (event.key === 'Escape' && current()) return stop()
  if (event.key === 'ArrowUp' && input.value === '' && !current()) {
    const message = lastOwn(canEdit)
    if (message) startEdit(message)
    if (message) event.preventDefault()
  }
  const sends = event.key === 'Enter' && !event.shiftKey && (!handheld() || event.ctrlKey || event.metaKey)
  if (!sends) return
  event.preventDefault()
  submit()
}

$('send').onpointerdown = (event) => event.preventDefault()
$('form').onsubmit = (event) => {
  event.preventDefault()
  submit()
}

for (const text of suggestions) $('chips').append(button('', () => post('/say', { text }), text))
new ResizeObserver(grow).observe($('form'))
