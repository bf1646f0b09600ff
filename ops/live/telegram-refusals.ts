import type { Assumption } from './assumption.ts'
import { expectThat } from './assumption.ts'
import type { Chat } from './telegram.ts'
import { MISSING } from './telegram-texts.ts'

const html = { parse_mode: 'HTML' }

/** The words of Telegram's that the service, or the stand-in after them, goes by. */
export const refusalAssumptions: Assumption<Chat>[] = [
  {
    name: 'an identical edit is refused as "message is not modified"',
    async check({ send, refuses }) {
      const { message_id } = await send({ text: 'The <b>same</b>', ...html })
      await refuses('message is not modified', { message_id, text: 'The <b>same</b>', ...html }, 'editMessageText')
    },
  },
  {
    name: 'broken HTML is refused as "can\'t parse entities"',
    check: ({ refuses }) => refuses("can't parse entities", { text: '<b>never closed', ...html }),
  },
  {
    name: 'an unknown tag is refused by its name',
    check: ({ refuses }) => refuses('Unsupported start tag "table"', { text: '<table>', ...html }),
  },
  {
    name: 'a blockquote in a blockquote is refused',
    check: ({ refuses }) =>
      refuses("can't parse entities", { text: '<blockquote>a <blockquote>b</blockquote></blockquote>', ...html }),
  },
  {
    name: 'an empty text is refused as "message text is empty"',
    check: ({ refuses }) => refuses('message text is empty', { text: '' }),
  },
  {
    name: 'a text of white space is refused as "text must be non-empty"',
    check: ({ refuses }) => refuses('text must be non-empty', { text: ' \n ' }),
  },
  {
    name: 'a reply to a missing message is refused, where it must be one',
    check: ({ refuses }) =>
      refuses('message to be replied not found', { text: 'A reply to nothing', reply_parameters: { message_id: MISSING } }),
  },
  {
    name: 'the edit of a missing message is refused as "message to edit not found"',
    check: ({ refuses }) => refuses('message to edit not found', { message_id: MISSING, text: 'x' }, 'editMessageText'),
  },
  {
    name: 'a message can be deleted once',
    async check({ call, send, refuses }) {
      const { message_id } = await send({ text: 'Soon gone' })
      const deleted = await call('deleteMessage', { message_id })
      expectThat(deleted === true, deleted)
      await refuses('message to delete not found', { message_id }, 'deleteMessage')
    },
  },
  {
    name: '65 bytes of callback data are refused',
    check: ({ refuses }) => {
      const keyboard = { inline_keyboard: [[{ text: 'A button', callback_data: 'x'.repeat(65) }]] }
      return refuses('BUTTON_DATA_INVALID', { text: 'A button', reply_markup: keyboard })
    },
  },
  {
    name: 'an unknown chat action is refused',
    check: ({ refuses }) => refuses('wrong parameter action in request', { action: 'thinking' }, 'sendChatAction'),
  },
  {
    name: 'the answer to an unknown button press is refused as too old',
    check: ({ refuses }) => refuses('query is too old', { callback_query_id: '1' }, 'answerCallbackQuery'),
  },
]
