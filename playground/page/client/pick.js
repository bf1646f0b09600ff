import { post } from './around.js'
import { $ } from './dom.js'
import { addFiles } from './files.js'
import { openMenu } from './menu.js'

const input = $('input')

$('attach').onclick = () =>
  openMenu(
    [
      { name: 'photo', label: 'Photo', act: () => $('pick-photos').click() },
      { name: 'file', label: 'File', act: () => $('pick-files').click() },
      { name: 'mic', label: 'Send a voice message', act: () => post('/voice') },
      { name: 'smile', label: 'Send a sticker', act: () => post('/sticker') },
    ],
    $('attach'),
  )

for (const [id, asFiles] of [
  ['pick-photos', false],
  ['pick-files', true],
]) {
  $(id).onchange = async () => {
    await addFiles($(id).files, { asFiles })
    $(id).value = ''
    input.focus()
  }
}

input.addEventListener('paste', (event) => {
  const { files } = event.clipboardData
  if (files.length === 0) return
  event.preventDefault()
  addFiles(files)
})

// A file that is let go beside the chat must not make the browser leave the page.
const carriesFiles = (event) => event.dataTransfer?.types.includes('Files')
let depth = 0
document.addEventListener('dragenter', (event) => {
  if (!carriesFiles(event)) return
  depth += 1
  $('drop').hidden = false
})
document.addEventListener('dragleave', (event) => {
  if (!carriesFiles(event)) return
  depth -= 1
  if (depth <= 0) endDrag()
})
document.addEventListener('dragover', (event) => {
  if (carriesFiles(event)) event.preventDefault()
})
document.addEventListener('drop', (event) => {
  if (!carriesFiles(event)) return
  event.preventDefault()
  endDrag()
  addFiles(event.dataTransfer.files)
  input.focus()
})

function endDrag() {
  depth = 0
  $('drop').hidden = true
}
