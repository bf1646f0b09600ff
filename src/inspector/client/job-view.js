import { element } from './dom.js'
import { fillDeliveries } from './job-deliveries.js'
import { fillTimeline, fold } from './job-timeline.js'
import { timeNode, usageInWords } from './job-words.js'
import { patch } from './patch.js'

/** What has a place of its own; every other field of a job is a column. */
const apart = ['input_text', 'result_text', 'result_length', 'steps', 'transitions', 'deliveries', 'delivery', 'usage']

/**
 * Everything known of a job, of the shape that GET /jobs/{id} answers. `show` takes it, as often as it changes. `reading` is
 * what the page puts the result in, to be read before all else; without it the result is a fold.
 */
export function createJobView({ reading } = {}) {
  const [topic, facts] = [element('p', 'job-topic'), element('p', 'job-facts')]
  const [timeline, deliveries] = [element('ol', 'timeline'), element('ul', 'deliveries')]
  const [result, columns] = [element('div', 'job-result'), element('dl', 'columns')]
  topic.dir = 'auto'
  const messages = section('Messages', deliveries)
  const row = element('details', 'fold-out titled', element('summary', '', 'Columns'), columns)
  row.open = !reading
  const node = element('div', 'job-view', topic, facts)
  node.append(...(reading ? [reading] : []), section('Timeline', timeline), messages, ...(reading ? [] : [result]), row)
  let shownResult

  return {
    node,
    show(job) {
      topic.textContent = job.input_text
      const words = [usageInWords(job.usage), job.delivery && `outcome ${job.delivery}`].filter(Boolean)
      facts.textContent = words.join(' · ')
      facts.hidden = words.length === 0
      fillTimeline(timeline, job)
      fillDeliveries(deliveries, job.deliveries ?? [])
      messages.hidden = !job.deliveries?.length
      showResult(job)
      const fields = Object.entries(job).filter(([name]) => !apart.includes(name))
      patch(columns, fields, { key: ([name]) => name, make: () => element('div'), fill: fillColumn })
    },
  }

  // Why a job failed is short and what people look for; a result is long.
  function showResult({ status, result_text: text }) {
    if (text === shownResult) return
    shownResult = text
    const isFailure = status === 'failed'
    result.replaceChildren(
      ...(text ? [fold('titled', [isFailure ? 'Why it failed' : 'Result'], text, { open: isFailure })] : []),
    )
  }
}

function section(title, ...children) {
  return element('section', '', element('h3', '', title), ...children)
}

function fillColumn(node, [name, value]) {
  const isNone = value === null || (Array.isArray(value) && value.length === 0)
  node.classList.toggle('none', isNone)
  const shown = element('dd', '', isNone ? (value === null ? 'null' : 'none') : valueNode(name, value))
  shown.title = shown.textContent
  node.replaceChildren(element('dt', '', name), shown)
}

function valueNode(name, value) {
  if (name.endsWith('_at')) return timeNode(value)
  if (Array.isArray(value)) return value.map((each) => each.name ?? JSON.stringify(each)).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
