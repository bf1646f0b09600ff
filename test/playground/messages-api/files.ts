// Files as small as they can be and still be what they say.
const header = (width: number, height: number) => {
  const bytes = Buffer.alloc(24)
  bytes.write('\x89PNG\r\n\x1a\n', 0, 'latin1')
  bytes.write('IHDR', 12, 'latin1')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes
}

export const png = (width = 600, height = 500) => header(width, height).toString('base64')
export const jpeg = Buffer.from('ffd8ffe000040000ffc0000b080258032001011100', 'hex').toString('base64')
export const pdf = (pages = 1) =>
  Buffer.from(`%PDF-1.7\n${'<< /Type /Page >>\n'.repeat(pages)}<< /Type /Pages >>`).toString('base64')

export const image = (data: string, media_type: 'image/png' | 'image/jpeg' = 'image/png') => {
  return { type: 'image' as const, source: { type: 'base64' as const, media_type, data } }
}
export const document = (data: string, title?: string) => {
  return { type: 'document' as const, source: { type: 'base64' as const, media_type: 'application/pdf' as const, data }, title }
}
export const textFile = (data: string, title?: string) => {
  return { type: 'document' as const, source: { type: 'text' as const, media_type: 'text/plain' as const, data }, title }
}
