import { readFile } from 'node:fs/promises'
import { readAssets as readShared, sharedModules, sharedStyles } from '../../src/inspector/assets.ts'

const styles = ['page', 'around', 'chat', 'bubble', 'media', 'text', 'composer', 'side']
const modules = [
  ['main', 'around', 'service', 'feed', 'text', 'quote', 'media', 'bubble', 'list', 'scroll', 'draft', 'menu', 'actions'],
  ['composer', 'target', 'commands', 'files', 'pick'],
  ['side', 'jobs'],
].flat()

const types = { html: 'text/html', css: 'text/css', js: 'text/javascript' }

/**
 * Everything that the page is made of, by the path it is asked for. Nothing is built: the files go out as they are. How a
 * job is shown comes from the service's own inspector and stands beside the rest, so that modules name it as a neighbour.
 */
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
  const shared = await readShared(sharedModules, sharedStyles)
  return new Map([...(await Promise.all(read)), ...[...shared].map(([path, asset]) => [`/${path}`, asset] as const)])
}
