/** Upper bounds in seconds, about where a person or an alarm would draw a line. */
export const BUCKETS = {
  /** From a quick answer to the usual deadline and beyond. */
  job: [1, 5, 15, 30, 60, 120, 300, 600, 900, 1_800],
  wait: [0.05, 0.25, 1, 5, 15, 60, 300, 900, 3_600],
  delivery: [0.1, 0.5, 1, 2, 5, 15, 60, 300, 900, 3_600],
  claude: [0.5, 1, 2, 5, 10, 20, 40, 60, 120, 300],
  /** A write to the disk: from a fast one to what blocks everything. */
  commit: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
}
