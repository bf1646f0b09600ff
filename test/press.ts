import type { House } from './build.ts'

type Buttons = { reply_markup?: { inline_keyboard?: { text: string; callback_data?: string }[][] } }

/** The buttons below a message, in order. */
export const buttonsOf = (message: Buttons) => (message.reply_markup?.inline_keyboard ?? []).flat()

/** Every answer to a press, in order. */
export const answers = (house: House) => house.telegram.calls.filter(({ method }) => method === 'answerCallbackQuery')

/**
 * Presses a button of a message, by its words or with data of one's own, and gives the answer to that press; one from before
 * a crash may be answered once more meanwhile.
 */
export async function press(
  house: House,
  person: { id: number; first_name: string },
  message: { message_id: number; chat_id: number } & Buttons,
  button: string,
) {
  const data = buttonsOf(message).find(({ text }) => text === button)?.callback_data ?? button
  const { callback_query } = house.telegram.press(person, message.message_id, data, message.chat_id)
  const { id } = callback_query as { id: string } // as the stand-in made it
  const answer = await house.until(() => answers(house).find(({ payload }) => payload.callback_query_id === id))
  return answer.payload.text
}
