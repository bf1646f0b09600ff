// What a request is about, and how to name it in a sentence.
import { latestUserText, type MessageRequest } from './request.ts'

const tags = ['topic', 'question', 'input', 'request']

/** What stands in the prompt's `<topic>` or the like; the first line that was said where there is none. */
export function topicIn(request: MessageRequest): string {
  const prompt = latestUserText(request)
  for (const tag of tags) {
    const found = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(prompt)?.[1]?.trim()
    // What came along with the words is read, but the question is named by the words.
    const words = found?.replace(/<(forwarded|in_reply_to)\b[\s\S]*?<\/\1>/g, '').trim()
    if (found) return words || found
  }
  const lines = prompt.split('\n').map((line) => line.replace(/^\[[^\]]*\]/, '').trim())
  return lines.find((line) => line !== '') ?? 'this'
}

/** On one line, in quotes, at most `most` characters of it. */
export function quoted(text: string, most = 60): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return `“${
    line.length > most
      ? `${line
          .slice(0, most - 1)
          .toWellFormed()
          .trim()}…`
      : line
  }”`
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
