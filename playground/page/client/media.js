import { $, button, element, icon } from './dom.js'

/** How many pictures stand in each row of an album, by how many there are. */
const rows = [[], [1], [2], [1, 2], [2, 2], [2, 3], [3, 3], [2, 2, 3], [3, 3, 2], [3, 3, 3], [3, 3, 4]]
const widest = 340
const tallest = 400

const clamp = (least, value, most) => Math.max(least, Math.min(value, most))

/** A picture, or the pictures of an album in rows that fill the width. */
export function pictures(photos) {
  const box = element('div', 'pictures')
  const ratios = photos.map(({ width, height }) => clamp(0.56, width / height, 2.4))
  const [only] = photos
  const width = photos.length === 1 ? clamp(180, Math.min(only.width, widest, tallest * ratios[0]), widest) : widest
  box.style.width = `${width}px`
  let at = 0
  for (const count of rows[photos.length] ?? [photos.length]) {
    const line = element('div', 'pictures-row')
    for (const photo of photos.slice(at, at + count)) {
      const ratio = ratios[photos.indexOf(photo)]
      const fitting = photos.length === 1 ? ratio : clamp(count === 1 ? 1.3 : 0.7, ratio, 1.9)
      const node = picture(photo)
      node.style.aspectRatio = String(fitting)
      node.style.flexGrow = String(fitting * 100) // a sum below 1 would not fill the row
      line.append(node)
    }
    box.append(line)
    at += count
  }
  return box
}

function picture({ id, url }) {
  const image = element('img')
  image.src = url
  image.alt = ''
  image.decoding = 'async'
  image.draggable = false
  const node = button('picture', () => view(url), image)
  node.dataset.message = id
  node.setAttribute('aria-label', 'Picture: see it large')
  return node
}

function view(url) {
  $('viewer-picture').src = url
  $('viewer').showModal()
}
$('viewer-close').onclick = () => $('viewer').close()

/** A file: it opens in a tab of its own where the browser can show it, and is saved where it cannot. */
export function file({ url, name, size }) {
  const ending = /\.(\w{1,5})$/.exec(name)?.[1]
  const sign = element('span', 'sign', ending ?? icon('file'))
  const title = element('span', 'file-name', name)
  title.dir = 'auto'
  const node = element('a', 'file', sign, element('span', 'file-about', title, element('span', 'file-size', inBytes(size))))
  node.href = url
  node.target = '_blank'
  node.rel = 'noopener'
  return node
}

export function inBytes(size) {
  if (size < 1024) return `${size} B`
  return size < 1024 ** 2 ? `${(size / 1024).toFixed(1)} KB` : `${(size / 1024 ** 2).toFixed(1)} MB`
}

const loudness = [5, 9, 14, 8, 18, 12, 20, 16, 9, 6, 13, 19, 22, 15, 8, 11, 17, 21, 12, 7, 10, 15, 9, 5, 8, 12, 6, 4]

export function voice({ seconds }) {
  const bars = loudness.map((height) => {
    const bar = element('i')
    bar.style.height = `${height}px`
    return bar
  })
  const length = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  const wave = element('span', 'wave', element('span', 'bars', ...bars), element('span', 'file-size', length))
  const node = element('div', 'voice', element('span', 'sign', icon('play')), wave)
  node.setAttribute('role', 'img')
  node.setAttribute('aria-label', `Voice message, ${seconds} seconds`)
  return node
}
