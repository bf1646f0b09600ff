import { readFile } from 'node:fs/promises'

const styles = ['page', 'around', 'chat', 'bubble', 'media', 'text', 'composer', 'side', 'job']
const modules = [
  [
    'main',
    'dom',
    'around',
    'service',
    'feed',
    'text',
    'quote',
    'media',
    'bubble',
    'list',
    'scroll',
    'draft',
    'menu',
    'actions',
  ],
  ['composer', 'target', 'commands', 'files', 'pick'],
  ['side', 'jobs', 'patch', 'job-view', 'job-timeline', 'job-deliveries', 'job-words'],
].flat()

const types = { html: 'text/html', css: 'text/css', js: 'text/javascript' }

/** Everything that the page is made of, by the path it is asked for. Nothing is built: the files go out as they are. */
export async function readAssets(): Promise<Map<string, { type: string; content: Buffer }>> {
  const files: [path: string, file: string, type: keyof typeof types][] = [
    ['/', 'page.html', 'html'],
    ...styles.map((name): [string, string, 'css'] => [`/styles/${name}.css`, `styles/${name}.css`, 'css']),
    ...modules.map((name): [string, string, 'js'] => [`/client/${name}.js`, `client/${name}.js`, 'js']),
  ]
  const read = files.map(async ([path, file, type]) => {
    const content = await readFile(new URL(`./${file}`, import.meta.url))
    return [path, { type: `${types[type]}; charset=utf-8`, content }] as const
  })
  return new Map(await Promise.all(read))
}
