import type { Assumption } from './assumption.ts'
import { expectThat } from './assumption.ts'
import type { Chat } from './telegram.ts'

const page = '<!doctype html><title>Remy</title><p>A report of the doctor. 🙂'
const htmlFile = () => new File([page], 'report.html', { type: 'text/html' })

export const fileAssumptions: Assumption<Chat>[] = [
  {
    name: 'an HTML file can be sent, and fetched again byte for byte',
    async check({ api, call, send }) {
      const { document } = await send({ document: htmlFile(), caption: 'A <b>file</b>', parse_mode: 'HTML' }, 'sendDocument')
      expectThat(document?.file_name === 'report.html' && document.mime_type === 'text/html', document)
      const { file_path } = await call<{ file_path?: string }>('getFile', { file_id: document.file_id })
      expectThat(file_path !== undefined, 'no file_path')
      const bytes = await api.download(file_path, 10_000, AbortSignal.timeout(15_000))
      expectThat(bytes.toString() === page, bytes.toString())
    },
  },
  {
    name: 'a caption of more than 1,024 units is refused',
    check: ({ refuses }) =>
      refuses('message caption is too long', { document: htmlFile(), caption: 'x'.repeat(1_025) }, 'sendDocument'),
  },
  {
    name: 'an empty file is refused as "file must be non-empty"',
    check: ({ refuses }) => refuses('file must be non-empty', { document: new File([], 'empty.html') }, 'sendDocument'),
  },
  {
    name: 'a file id that is none is refused as "invalid file_id"',
    check: ({ refuses }) => refuses('invalid file_id', { file_id: 'none' }, 'getFile'),
  },
]
