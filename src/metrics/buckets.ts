/** Upper bounds in seconds, about where a person or an alarm would draw a line. */
export const BUCKETS = {
  /** From a quick answer over the usual deadline of 15 min to a longer one. */
  job: [1, 5, 15, 30, 60, 120, 300, 600, 900, 1_200],
  /** From what nobody notices to a queue that stood still for hours. */
  wait: [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3_600, 14_400],
  /** From a good connection to an outage of Telegram's. */
  delivery: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3_600, 14_400],
  claude: [0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300],
  /** From what a disk with a cache takes to what blocks everything. */
  commit: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
}
