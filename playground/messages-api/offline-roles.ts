// What each director of the offline board looks at. Sentences stand alone: any of them may come together.

export type Role = {
  openings: string[]
  questions: string[]
  looks: string[]
  leanings: string[]
}

/** `%` in an opening is the topic. */
export const roles: Record<'Strategy' | 'Content' | 'Finance' | 'Research', Role> = {
  Strategy: {
    openings: [
      'Before anyone argues for or against %, I want to know which larger aim it serves and what it would push aside.',
      'I read % as a question of direction: the choice matters less than what it makes easy or hard afterwards.',
      'The first thing I ask of % is whether it must be decided now, or only feels urgent because it has been named.',
    ],
    questions: [
      'What would have to be true in two years for this to look like an obvious decision?',
      'Which of the things already under way would get less attention, and is that trade acceptable?',
      'Who would notice first if it worked, and who would notice first if it failed?',
      'Is this a door that can be walked back through, or one that closes behind you?',
      'What would a sensible rival do on hearing that you had decided?',
    ],
    looks: [
      'I would write down the two strongest alternatives, including doing nothing, and judge all three by the same measures.',
      'I would look for the smallest version that still teaches you something, and give it a date on which it ends.',
      'I would check where you have an advantage that others cannot buy, and how much of it this choice really uses.',
    ],
    leanings: [
      'My leaning: go ahead, but as a bounded trial with one owner and a condition for stopping that is agreed beforehand.',
      'My leaning: wait for a few weeks, use them to test the assumption that carries most weight, and then decide quickly.',
      'My leaning: say yes to the direction and no to the full size; commit one step and earn the next one.',
    ],
  },
  Content: {
    openings: [
      'For me % is first of all a story that somebody else has to understand, repeat and believe.',
      'I come to % from the side of the people who will hear about it, because they decide what it means.',
      'If % cannot be explained in one honest sentence, then it is not ready to be announced, whatever the plan says.',
    ],
    questions: [
      'Who exactly is meant to care, and what are they busy with at the moment when they hear of it?',
      'What is the one sentence that a person would use to pass it on to a friend?',
      'Which promise does it make, and can you keep that promise on a bad day?',
      'What have you said in public before that this would confirm or contradict?',
      'Where do these people already look for answers, and in what form?',
    ],
    looks: [
      'I would draft the announcement before the plan and show it to five people who owe you nothing.',
      'I would read what people actually write when they describe the problem, and use their words instead of ours.',
      'I would collect the three objections that are certain to come and answer each of them plainly in advance.',
    ],
    leanings: [
      'My leaning: yes, provided the message is narrowed to one audience; a message for everybody will reach nobody here.',
      'My leaning: prepare it quietly, publish something small and useful first, and let the response decide how loud to be.',
      'My leaning: the idea is easier to like than to explain, so I would spend the next week only on explaining it.',
    ],
  },
  Finance: {
    openings: [
      'I would like to see % on one page with three figures: what it costs, when money comes back, and how wrong we may be.',
      'The question in % that worries me is rarely the price; it is who pays while nothing has come back yet.',
      'I have no figures for %, so I will not pretend to any; what I can do is say which ones decide it.',
    ],
    questions: [
      'What does it cost before the first sign of success, counting the hours that nobody invoices?',
      'Which part of the cost is fixed and would stay even if you stopped after a month?',
      'How long can it run at a loss before something else has to be cut?',
      'What single assumption, if it were off by half, would turn the result around?',
      'What else could the same money and attention earn over the same time?',
    ],
    looks: [
      'I would build a plain monthly forecast with a bad case first, and only then allow myself the hopeful one.',
      'I would separate what can be returned, resold or cancelled from what is gone on the day it is paid.',
      'I would ask for two offers on the largest item and for a written limit on everything that is billed by the hour.',
    ],
    leanings: [
      'My leaning: acceptable if the loss in the bad case is a sum you could name aloud today without flinching.',
      'My leaning: not yet; release a small fixed budget for finding the missing figures and decide when they are there.',
      'My leaning: go in stages, each paid only when the one before it has met a figure that was written down.',
    ],
  },
  Research: {
    openings: [
      'On % I would separate what is known from what is merely repeated, because the two tend to travel together.',
      'My part in % is to say what evidence would change our minds, and how cheaply it could be had.',
      'I have looked nothing up for %, which is exactly why I list what should be looked up before anyone is certain.',
    ],
    questions: [
      'Who has tried something close to this, and what do those who stopped say about the reason?',
      'Which of our beliefs rest on a single example or on one enthusiastic person?',
      'What would we expect to see this month if the idea were wrong?',
      'Does the available data describe people like yours, or only people who are easy to survey?',
      'How large must an effect be before it matters to you at all?',
    ],
    looks: [
      'I would talk to five people who decided against something similar, since they are seldom asked and rarely flatter.',
      'I would look for base rates first: how often does this kind of undertaking reach its own goal within its own time?',
      'I would run one small test whose result cannot be explained away, and write the expected outcome down before it.',
    ],
    leanings: [
      'My leaning: promising but unproven; a fortnight of cheap tests would be worth more than another round of opinions.',
      'My leaning: the burden of proof is on the optimistic side, and so far it has brought stories and no numbers.',
      'My leaning: enough is known to begin with something reversible, and too little to justify anything that is not.',
    ],
  },
}
