import fc from 'fast-check'

/** Who is let in. Each person's words carry their own mark, so that it shows where they turn up. */
export const people = Array.from({ length: 800 }, (_, n) => ({ id: 5_001 + n, first_name: `Person ${5_001 + n}` }))
export const markOf = (id: number) => `mark${id}x`

/** A number that JSON.parse cannot give back: it stands in the text of the request as it is. */
export const HUGE = '__huge__'
const hugeNumber = '90071992547409931234'

/** The body of a request for such an update. */
export const toBody = (update: unknown) =>
  JSON.stringify(update)
    .replaceAll(`"${HUGE}"`, hugeNumber)
    .replace(/"__deep(\d+)__"/g, (_, depth) => '['.repeat(Number(depth)) + ']'.repeat(Number(depth)))

const odd = fc.oneof(
  fc.constantFrom(null, true, -1, 0, 1.5, 2 ** 53, HUGE, '', ' ', '\0', '\ud800', 'constructor', '__proto__', [], {}, [[]]),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.jsonValue({ maxDepth: 3 }),
)
const ids = fc.constantFrom(...people.map(({ id }) => id))
const words = (id: number) =>
  fc.oneof(
    fc.constantFrom(
      '/jobs',
      '/job 1',
      '/job 99999999999999999999',
      '/new',
      '/stop',
      '/help',
      '/board',
      '/research',
      '/board@somebody x',
    ),
    fc.string({ unit: 'binary', maxLength: 60 }).map((text) => `${markOf(id)} ${text}`),
    fc
      .constantFrom('/board ', '/', '/job ', '/nothing ')
      .map((command) => `${command}${markOf(id)} ${'x'.repeat(4_070)}`.slice(0, 4_096)),
    fc.constantFrom('<b>', '</', '&amp', '```', '---\n', '#1').map((text) => `${markOf(id)} ${text}`),
  )

/** A message as Telegram sends it, of a person and to a chat which may be another's. */
const message = fc.tuple(ids, fc.integer({ min: 1, max: 900_000 })).chain(([id, message_id]) =>
  fc.record(
    {
      message_id: fc.constant(message_id),
      date: fc.constant(1_700_000_000),
      from: fc.constant({ id, is_bot: false, first_name: 'Somebody' }),
      chat: fc.oneof(
        { weight: 12, arbitrary: fc.constant({ id, type: 'private' }) },
        { weight: 1, arbitrary: ids.map((other) => ({ id: other, type: 'private' })) },
        { weight: 1, arbitrary: fc.constant({ id: -100, type: 'supergroup', title: 'A group' }) },
      ),
      text: words(id),
      caption: words(id),
      entities: fc.array(odd, { maxLength: 3 }),
      forward_origin: fc.oneof(odd, fc.constant({ type: 'hidden_user', sender_user_name: 'Nobody', date: 1 })),
      reply_to_message: fc.oneof(odd, fc.record({ message_id: odd, text: fc.constant('What was replied to') })),
      quote: odd,
      media_group_id: fc.constantFrom('1', '2'),
      photo: fc.oneof(odd, fc.constant([{ file_id: 'nothing', file_unique_id: 'n', width: 1, height: 1, file_size: 10 }])),
      document: fc.oneof(odd, fc.constant({ file_id: 'nothing', file_unique_id: 'n', file_name: '../../x.txt', file_size: 3 })),
      message_thread_id: odd,
      sticker: odd,
      __proto__: odd,
      constructor: odd,
    },
    { requiredKeys: ['message_id', 'date', 'from', 'chat'] },
  ),
)

const press = fc.tuple(ids, ids).chain(([id, other]) =>
  fc.record(
    {
      id: fc.oneof({ weight: 5, arbitrary: fc.uuid() }, { weight: 1, arbitrary: odd }),
      from: fc.constant({ id, is_bot: false, first_name: 'Somebody' }),
      message: fc.oneof(
        fc.constant({ message_id: 1, date: 0, chat: { id, type: 'private' } }),
        fc.constant({ message_id: 1, date: 1, chat: { id: other, type: 'private' }, text: 'x' }),
        odd,
      ),
      chat_instance: odd,
      data: fc.oneof(
        fc.constantFrom(
          'again:1',
          'steps:1',
          'again:2',
          'steps:3',
          'stop:1',
          'show:2',
          'another:3',
          'jobs:a ',
          'jobs:a<2 mark',
          'jobs:f>99999999999999999999 ',
          'forget:1',
          'keep:2',
          'again:99999999999999999999',
          'again:',
          ':1',
          'again:1:2',
          'AGAIN:1',
        ),
        fc.string({ unit: 'binary', maxLength: 64 }),
        odd,
      ),
    },
    { requiredKeys: ['id', 'from', 'message'] },
  ),
)

/** Takes an update apart somewhere: a field is something odd, or gone. */
const spoilt = (update: fc.Arbitrary<Record<string, unknown>>) =>
  fc.tuple(update, fc.nat(), odd, fc.boolean()).map(([whole, at, something, isGone]) => {
    const copy = structuredClone(whole)
    const places: [Record<string, unknown>, string][] = []
    const look = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return
      for (const [key, part] of Object.entries(value)) {
        places.push([value as Record<string, unknown>, key])
        look(part)
      }
    }
    look(copy)
    const [holder, key] = places[at % Math.max(1, places.length)] ?? []
    if (holder && key && isGone) delete holder[key]
    else if (holder && key) holder[key] = something
    return copy
  })

/** So deep that no JSON.stringify makes it: it is written by hand. */
const nested = fc.constantFrom(50, 90, 110, 5_000, 60_000).map((depth) => `__deep${depth}__`)

const content = fc.oneof(
  { weight: 6, arbitrary: message.map((message) => ({ message })) },
  { weight: 2, arbitrary: message.map((edited_message) => ({ edited_message })) },
  { weight: 3, arbitrary: press.map((callback_query) => ({ callback_query })) },
  { weight: 2, arbitrary: spoilt(message.map((message) => ({ message }))) },
  { weight: 1, arbitrary: spoilt(press.map((callback_query) => ({ callback_query }))) },
  { weight: 1, arbitrary: fc.tuple(message, press).map(([message, callback_query]) => ({ message, callback_query })) },
  { weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 20 }), odd, { maxKeys: 4 }) },
  { weight: 1, arbitrary: fc.tuple(message, nested).map(([message, deep]) => ({ message: { ...message, deep } })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('poll', 'my_chat_member', 'chat_join_request', 'inline_query')
      .chain((kind) => odd.map((value) => ({ [kind]: value }))),
  },
)

/** Updates as nobody should send them. Most have ids of their own, some one that was there before, or none that is one. */
export function hostileUpdates(count: number, seed: number): unknown[] {
  return fc.sample(content, { numRuns: count, seed }).map((update, n) => {
    const update_id =
      n % 97 === 0
        ? ([HUGE, '7', null, -3, 1.5, 2 ** 53][(n / 97) % 6] as unknown)
        : n % 31 === 0
          ? 700_000_000 + n - 1
          : 700_000_000 + n
    return { ...update, update_id }
  })
}
