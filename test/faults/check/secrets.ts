import { existsSync, readFileSync } from 'node:fs'
import { type House, INSPECTION_TOKEN, SECRET } from '../../build.ts'

/** No secret stands in anything that was written: the log, the file, the chats, the answers to requests. */
export async function checkSecrets(house: House): Promise<string[]> {
  const secrets = {
    'the bot token': house.telegram.token,
    'the secret half of the bot token': house.telegram.token.split(':')[1] ?? '',
    'the webhook secret': SECRET,
    'the API key': house.claude.apiKey,
    'the inspection token': INSPECTION_TOKEN,
  }
  const chats = new Set(house.telegram.calls.map(({ payload }) => Number(payload.chat_id)).filter(Number.isInteger))
  const answers = await answersOf(house).catch((error) => [`nothing, not even an answer: ${error}`])
  const places = {
    'the log': house.log,
    'the database file': ['', '-wal'].map((end) => house.file + end).map(contentOf),
    'a chat': [...chats].flatMap((chat) => house.telegram.sent(chat).map((message) => JSON.stringify(message))),
    'an HTTP answer': answers,
  }
  const leaks = Object.entries(places).flatMap(([place, texts]) =>
    Object.entries(secrets).flatMap(([name, secret]) =>
      texts.some((text) => text.includes(secret)) ? [`${place} contains ${name}`] : [],
    ),
  )
  return answers.length > 1 ? leaks : [...leaks, `The service does not answer: ${answers}`]
}

const contentOf = (file: string) => (existsSync(file) ? readFileSync(file, 'latin1') : '')

async function answersOf(house: House): Promise<string[]> {
  const paths = ['/health', '/ready', '/jobs', '/jobs/1', '/nowhere']
  const authorization = `Bearer ${INSPECTION_TOKEN}`
  const answers: string[] = []
  for (const path of paths) {
    for (const headers of [{}, { authorization }, { authorization: 'Bearer wrong' }]) {
      const response = await fetch(house.url + path, { headers: { connection: 'close', ...headers } })
      answers.push(`${JSON.stringify([...response.headers])} ${await response.text()}`)
    }
  }
  return [...answers, JSON.stringify(await house.telegram.post({ update_id: 'no number' }))]
}
