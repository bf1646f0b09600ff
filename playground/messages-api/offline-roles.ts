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
      'What would you reach for if this option did not exist at all?',
    ],
    looks: [
      'I would write down the two strongest alternatives, including doing nothing, and judge all three by the same measures.',
      'I would look for the smallest version that still teaches you something, and give it a date on which it ends.',
      'I would check what you can do here that you could not do otherwise, and how much of it you would really use.',
    ],
    leanings: [
      'My leaning: go ahead, but as a bounded trial, with a condition for stopping that is written down beforehand.',
      'My leaning: wait for a few weeks, use them to test the assumption that carries most weight, and then decide quickly.',
      'My leaning: say yes to the direction and no to the full size; commit one step and earn the next one.',
    ],
  },
  Content: {
    openings: [
      'For me % is first of all a story that you tell yourself and others, and I want to see whether it holds.',
      'I come to % from its words, because what it is really about tends to stand in the part that was left out.',
      'If the reason behind % cannot be said in one honest sentence, then it is not ready to be decided.',
    ],
    questions: [
      'Who has to understand this or be won over, and what are they busy with when they hear of it?',
      'What is the one sentence by which a friend would pass it on?',
      'Which promise does it make, and can you keep that promise on a bad day?',
      'What have you said or done before that this would confirm or contradict?',
      'What would an ordinary Tuesday look like if it went ahead, and would that suit you?',
    ],
    looks: [
      'I would write the message to the person whom it concerns most, and notice which sentence is hard to write.',
      'I would tell it to three people who owe you nothing, and listen for the point at which they stop asking.',
      'I would collect the three objections that are certain to come and answer each of them plainly in advance.',
    ],
    leanings: [
      'My leaning: yes, provided that one reason carries it alone; three reasons together often stand in for a missing one.',
      'My leaning: say it first to those whom it concerns, and let their answers decide how large to make it.',
      'My leaning: the idea is easier to like than to explain, so I would spend the next week only on explaining it.',
    ],
  },
  Finance: {
    openings: [
      'I would like to see % on one page with three figures: what it costs, when money comes back, and how wrong that may be.',
      'The question in % that worries me is rarely the price; it is what carries you while nothing has come back yet.',
      'I have no figures for %, so I will not pretend to any; what I can do is say which ones decide it.',
    ],
    questions: [
      'What does it cost before the first sign of success, counting the hours that nobody pays?',
      'Which part of the cost is fixed and would stay even if you stopped after a month?',
      'How long can it run at a loss before something else has to be cut?',
      'What single assumption, if it were off by half, would turn the result around?',
      'What else could the same money and attention earn over the same time?',
    ],
    looks: [
      'I would write a plain budget by the month with the bad case first, and only then allow myself the hopeful one.',
      'I would separate what can be returned, resold or cancelled from what is gone on the day it is paid.',
      'I would ask for two offers on the largest item and for a written limit on everything that is billed by the hour.',
    ],
    leanings: [
      'My leaning: acceptable if the loss in the bad case is a sum you could name aloud today without flinching.',
      'My leaning: not yet; set a small sum aside for finding the missing figures and decide when they are there.',
      'My leaning: go in stages, each paid only when the one before it has met a figure that was written down.',
    ],
  },
  Research: {
    openings: [
      'On % I would separate what is known from what is merely repeated, because the two tend to travel together.',
      'My part in % is to say what evidence would change your mind, and how cheaply it could be had.',
      'I have looked nothing up for %, which is exactly why I list what should be looked up before anyone is certain.',
    ],
    questions: [
      'Who has tried something close to this, and what do those who stopped say about the reason?',
      'Which of your beliefs about it rest on a single example or on one enthusiastic person?',
      'What would you expect to see this month if the idea were wrong?',
      'Does what is known describe people in your place, or only people who are easy to survey?',
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
