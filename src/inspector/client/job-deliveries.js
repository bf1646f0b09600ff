import { element } from './dom.js'
import { chip, timeNode } from './job-words.js'
import { patch } from './patch.js'

/** The messages about a job: what each is for, how it goes out, and how it stands. */
export function fillDeliveries(list, deliveries) {
  patch(list, deliveries, { key: ({ id }) => id, make: () => element('li', 'delivery'), fill: fillDelivery })
}

function fillDelivery(node, delivery) {
  const { purpose, part, method, state, attempts, next_attempt_at, message_id, sent_at, error } = delivery
  const name = element('span', 'delivery-name', element('b', '', purpose), ` part ${part} · ${method}`)
  const facts = [attempts === 1 ? '1 attempt' : `${attempts} attempts`]
  if (sent_at) facts.push([message_id ? `message ${message_id} at ` : 'at ', timeNode(sent_at)])
  if (state === 'pending' && next_attempt_at) facts.push(['next at ', timeNode(next_attempt_at)])
  const words = facts.flatMap((fact, at) => [at > 0 ? ' · ' : '', fact].flat())
  node.replaceChildren(name, chip(state), element('span', 'delivery-facts', ...words))
  if (error) node.append(element('span', 'delivery-error', error))
}
