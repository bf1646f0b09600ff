import { readFile } from 'node:fs/promises'

/** What both the inspector and the playground's page show a job with. Modules name each other as neighbours: serve them so. */
export const sharedModules = ['dom', 'patch', 'job-head', 'job-view', 'job-timeline', 'job-deliveries', 'job-words']
export const sharedStyles = ['base', 'dark', 'job']

const modules = [...sharedModules, 'main', 'ask', 'telegram', 'door', 'list', 'opened', 'follow', 'rendered']
const styles = [...sharedStyles, 'inspector', 'reading']

const types = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' }

export interface Asset {
  type: string
  content: Buffer
}

/** The files beside this one that a page is made of, by the end of their address, such as `client/dom.js`. Nothing is built. */
export async function readAssets(scripts = modules, sheets = styles): Promise<Map<string, Asset>> {
  const files = [
    ...scripts.map((name) => [`client/${name}.js`, types.js] as const),
    ...sheets.map((name) => [`styles/${name}.css`, types.css] as const),
  ]
  const read = files.map(async ([path, type]) => [path, { type, content: await readFile(placeOf(path)) }] as const)
  return new Map(await Promise.all(read))
}

/** The inspector's page, with these kinds of job to choose from. */
export async function readPage(kinds: readonly string[]): Promise<string> {
  const page = await readFile(placeOf('page.html'), 'utf8')
  return page.replace('<!-- kinds -->', kinds.map((kind) => `<option>${kind}</option>`).join(''))
}

function placeOf(path: string): URL {
  return new URL(`./${path}`, import.meta.url)
}
