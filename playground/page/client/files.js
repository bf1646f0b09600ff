import { toast } from './around.js'
import { $, button, element, icon } from './dom.js'
import { inBytes } from './media.js'

/** Telegram's apps make a photo no larger than this, in pixels, and a JPEG of whatever it was. */
const photoSide = 1280
const photoTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/bmp', 'image/avif']
const most = 30

let waiting = []
let tell = () => {}

/** The files that go out with the next message. */
export const filesToSend = () => waiting
export const onFiles = (listener) => {
  tell = listener
}

/** Takes files up; pictures become photos unless they are sent `asFiles`. */
export async function addFiles(given, { asFiles = false } = {}) {
  const files = [...given].filter(({ size }) => size > 0)
  if (files.length < given.length) toast('An empty file cannot be sent.')
  const added = files.map(async (file) => {
    const photo = !asFiles && photoTypes.includes(file.type) ? await toPhoto(file) : undefined
    const blob = photo ?? file
    return { kind: photo ? 'photo' : 'document', blob, name: file.name, preview: photo && URL.createObjectURL(photo) }
  })
  const ready = await Promise.all(added)
  const all = [...waiting, ...ready]
  if (all.length > most) toast(`At most ${most} files at a time.`)
  waiting = all.slice(0, most)
  show()
}

export function setFiles(files) {
  waiting = files
  show()
}

async function toPhoto(file) {
  const bitmap = await createImageBitmap(file).catch(() => undefined)
  if (!bitmap) return undefined
  const scale = Math.min(1, photoSide / Math.max(bitmap.width, bitmap.height))
  const canvas = element('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  const context = canvas.getContext('2d')
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  bitmap.close()
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/jpeg', 0.87))
}

function show() {
  $('files').hidden = waiting.length === 0
  $('files').replaceChildren(...waiting.map(chip))
  tell()
}

function chip(each) {
  const picture = element('img')
  if (each.preview) picture.src = each.preview
  picture.alt = ''
  const sign = each.preview ? picture : icon('file')
  const size = element('span', 'file-size', inBytes(each.blob.size))
  const about = each.preview ? [] : [element('span', 'file-about', element('span', 'file-name', each.name), size)]
  const away = button('away', remove, icon('close'))
  away.setAttribute('aria-label', `Do not send ${each.name}`)
  return element('li', each.kind, sign, ...about, away)

  function remove() {
    const at = waiting.indexOf(each)
    if (each.preview) URL.revokeObjectURL(each.preview)
    setFiles(waiting.filter((other) => other !== each))
    const next = $('files').children[Math.min(at, waiting.length - 1)]?.querySelector('.away')
    ;(next ?? $('input')).focus()
  }
}
