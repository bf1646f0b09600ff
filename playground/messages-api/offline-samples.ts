// Markdown to look at: what the chat does with tables, code and answers that are too long for one message.
const longLength = 9000
/** Too long for messages: it comes as a document. */
const veryLongLength = 24_000
const note = '*A sample by the offline model.*'

const table = [
  '| Room | Plants | Watered |',
  '| :--- | ---: | :---: |',
  '| Kitchen | 4 | **today** |',
  '| Hall | 1 | yesterday |',
  '| Balcony, the sunny end of it | 12 | `never` |',
].join('\n')

const code = [
  '```python',
  'def water(plants: list[str]) -> None:',
  '    for plant in plants:',
  '        if plant < "m" and plant != "<cactus>":',
  '            print(f"{plant} & its pot: *done*")',
  '```',
].join('\n')

const samples: [RegExp, () => string][] = [
  [/\bvery long (?:answer|text|story|message)\b/i, () => longAnswer(veryLongLength)],
  [/\blong(?:er|est)? (?:answer|text|story|message|one)\b/i, () => longAnswer(longLength)],
  [/\bmarkdown\b/i, everything],
  [/\btables?\b/i, () => `## Plants by room\n\n${table}\n\n${note}`],
  [/\bcode\b/i, () => `Here is \`water\`, in Python:\n\n${code}\n\n${note}`],
]

// "A table please", "show me some code"; not "the table in my kitchen is broken, what now?".
const asked =
  /^(?:an?|some|one|more|table|code|markdown|long)\b|\b(?:show|give|make|write|send|draw|want|like|see|try|need|answer|reply)\b/i

/** A sample of what the person asks to see; undefined for anything else. */
export function sampleFor(text: string): string | undefined {
  if (text.length > 120 || !asked.test(text)) return undefined
  return samples.find(([words]) => words.test(text))?.[1]()
}

function everything(): string {
  return [
    '# Watering',
    'It has **bold**, *italic*, ~~struck~~ and `code`, a [link](https://example.org/plants?a=1&b=2), and 3 < 4 & 5 > 4.',
    '- the kitchen\n  - basil\n  - mint\n- the hall',
    '1. fill the can\n2. pour',
    '> A plant that is watered daily is drowned daily.',
    `## By room\n\n${table}`,
    `### By hand\n\n${code}`,
    '---',
    note,
  ].join('\n\n')
}

function longAnswer(length: number): string {
  const sections: string[] = []
  const end = `\n\n**This is the end of the long answer.** ${note}`
  for (let number = 1; sections.join('\n\n').length + end.length < length; number++) sections.push(section(number))
  return sections.join('\n\n') + end
}

const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

function section(number: number): string {
  const day = days[(number - 1) % days.length]
  const extra = number % 4 === 0 ? `\n\n${code}` : number % 3 === 0 ? `\n\n${table}` : ''
  return [
    `## ${number}. ${day}`,
    `On ${day} the watering can stood by the door, **as it did before**, and nobody asked who had put it there. ` +
      'The balcony was hot by ten, the hall was cool until noon, and the kitchen smelled of basil that somebody had walked past too closely. ' +
      `What was written down afterwards fits on a card, and the card is number ${number}.`,
    `- first the small pots, since they dry out first\n- then the large ones\n- at last the one that belongs to the neighbour, round ${number}`,
    `> Whoever waters by the clock waters the clock.${extra}`,
  ].join('\n\n')
}
