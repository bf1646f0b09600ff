import { TelegramError } from 'telegraf'
import { type Assumption, expectThat } from './assumption.ts'
import type { Chat, Sent } from './telegram.ts'

/** The longest text that Telegram is said to take, in UTF-16 units. */
const LIMIT = 4_096

const html = { parse_mode: 'HTML', link_preview_options: { is_disabled: true } }
const kindsOf = ({ entities = [] }: Sent) => entities.map(({ type }) => type)
/** A message id that no chat has reached. */
export const MISSING = 2_000_000_000

export const textAssumptions: Assumption<Chat>[] = [
  {
    name: 'nested HTML becomes text and entities, in UTF-16 units',
    async check({ send }) {
      const text = '<b>🙂 one <i>two <u>three</u></i></b> <a href="https://example.com/">four</a> <code>a &lt; b</code>'
      const message = await send({ text, ...html })
      expectThat(message.text === '🙂 one two three four a < b', message.text)
      const found = message.entities?.map(({ type, offset, length }) => `${type} ${offset} ${length}`)
      const expected = ['bold 0 16', 'italic 7 9', 'underline 11 5', 'text_link 17 4', 'code 22 5']
      expectThat(JSON.stringify(found) === JSON.stringify(expected), found)
    },
  },
  {
    name: 'a code block keeps its language',
    async check({ send }) {
      const message = await send({ text: '<pre><code class="language-ts">let a = 1</code></pre>', ...html })
      expectThat(message.entities?.length === 1 && message.entities[0]?.language === 'ts', message.entities)
    },
  },
  {
    name: 'a blockquote may be expandable, with formatting inside',
    async check({ send }) {
      const message = await send({ text: '<b>Finance</b>\n<blockquote expandable>a\n<b>b</b>\nc\nd</blockquote>', ...html })
      expectThat(kindsOf(message).join() === 'bold,expandable_blockquote,bold', message.entities)
    },
  },
  {
    name: 'what is no reference stays as it was written, and white space at both ends goes',
    async check({ send }) {
      const message = await send({ text: ' \n a & b &copy; c\n ', ...html })
      expectThat(message.text === 'a & b &copy; c', message.text)
    },
  },
  {
    name: 'of more than 100 entities the first 100 are kept, without a word',
    async check({ send }) {
      const message = await send({ text: Array.from({ length: 101 }, () => '<b>x</b>').join(' '), ...html })
      expectThat(message.entities?.length === 100, `${message.entities?.length} entities`)
    },
  },
  {
    name: '4,096 units are taken, counted without the markup',
    async check({ send }) {
      const message = await send({ text: `<b>${'x'.repeat(LIMIT)}</b>`, ...html })
      expectThat(message.text?.length === LIMIT, `${message.text?.length} units`)
    },
  },
  {
    name: '4,097 are refused as too long',
    check: ({ refuses }) => refuses('message is too long', { text: 'x'.repeat(LIMIT + 1) }),
  },
  {
    name: 'an emoji counts as two',
    check: ({ refuses }) => refuses('message is too long', { text: '🙂'.repeat(LIMIT / 2 + 1) }),
  },
  {
    name: 'an edit changes text and entities, and takes the keyboard away',
    async check({ call, send }) {
      const keyboard = { inline_keyboard: [[{ text: 'A button', callback_data: 'x'.repeat(64) }]] }
      const { message_id, reply_markup } = await send({ text: 'Before', reply_markup: keyboard })
      expectThat(reply_markup !== undefined, 'a message without its keyboard')
      const edited = await call<Sent>('editMessageText', { message_id, text: '<i>After</i>', ...html })
      expectThat(edited.text === 'After' && kindsOf(edited).join() === 'italic' && !edited.reply_markup, edited)
    },
  },
  {
    name: 'a reply to a missing message is sent without it, where that is allowed',
    async check({ send }) {
      const reply_parameters = { message_id: MISSING, allow_sending_without_reply: true }
      const message = await send({ text: 'A reply to nothing', reply_parameters })
      expectThat(message.reply_to_message === undefined, message)
    },
  },
  {
    name: 'a chat action is taken',
    check: async ({ call }) => expectThat((await call('sendChatAction', { action: 'typing' })) === true, 'no true'),
  },
  {
    name: 'sendMessageDraft is known, or answers 404',
    async check({ call }) {
      try {
        const taken = await call('sendMessageDraft', { draft_id: 1, text: 'A <b>draft</b>', parse_mode: 'HTML' })
        expectThat(taken === true, taken)
        return 'known: answers are shown as drafts'
      } catch (error) {
        expectThat(error instanceof TelegramError && error.code === 404, String(error))
        return '404: answers are shown by edits'
      }
    },
  },
]
