// What the offline model can honestly say of a file: that it came, of which kind, and how large.
import { type Medium, pagesOf, sizeOf } from './media.ts'

const offline = 'I am an offline model: I can tell what arrived, not what is in it.'
const kinds = { image: 'a photo', pdf: 'a PDF', text: 'a text file' }

export function filesAnswer(files: Medium[]): string {
  const things = files.map(described)
  const list =
    things.length === 1
      ? `I got ${things[0]}.`
      : `I got ${things.length} files:\n\n${things.map((thing) => `- ${thing}`).join('\n')}`
  return [list, ...files.flatMap(firstLine), offline].join('\n\n')
}

function described(file: Medium): string {
  const { kind, mediaType, bytes, title } = file
  const size = kind === 'image' ? sizeOf(bytes) : undefined
  const facts = [
    mediaType,
    `${Math.max(0.1, bytes.length / 1000).toFixed(bytes.length < 10_000 ? 1 : 0)} kB`,
    ...(size ? [`${size.width} × ${size.height} pixels`] : []),
    ...(kind === 'pdf' ? [`${pagesOf(bytes)} ${pagesOf(bytes) === 1 ? 'page' : 'pages'}`] : []),
  ]
  return `${kinds[kind]}${title ? `, “${title}”` : ''} (${facts.join(', ')})`
}

function firstLine({ kind, bytes }: Medium): string[] {
  if (kind !== 'text') return []
  const line =
    bytes
      .toString()
      .split('\n')
      .find((text) => text.trim() !== '')
      ?.trim() ?? ''
  return [`Its first line is: “${line.length > 200 ? `${line.slice(0, 199).toWellFormed()}…` : line}”`]
}
