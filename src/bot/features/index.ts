import type { Feature, FeatureParts } from '../feature.ts'
import { createChat } from './chat.ts'
import { createForget } from './forget.ts'
import { createGreeting } from './greeting.ts'
import { createListJobs } from './list-jobs.ts'
import { createNewConversation } from './new-conversation.ts'
import { createRunAgain } from './run-again.ts'
import { createShowJob } from './show-job.ts'
import { createShowStatus } from './show-status.ts'
import { createShowSteps } from './show-steps.ts'
import { createShowUsage } from './show-usage.ts'
import { createStartJob } from './start-job.ts'
import { createStop } from './stop.ts'
import { createStopJob } from './stop-job.ts'
import { createUnhandled } from './unhandled.ts'

/** Every feature, in the order in which they are asked, which is also the order of the command menu. */
export const features: readonly ((parts: FeatureParts) => Feature | Feature[])[] = [
  createStartJob,
  createListJobs,
  createShowJob,
  createStopJob,
  createShowUsage,
  createShowStatus,
  createRunAgain,
  createShowSteps,
  createNewConversation,
  createStop,
  createForget,
  createGreeting,
  createChat,
  createUnhandled,
]
