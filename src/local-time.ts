/** Times as people read them in one time zone. Takes and gives no Date: ISO 8601 in, text out. */
export function createLocalTime(timeZone: string) {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short', year: 'numeric' })
  const numbers = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }) // as in ISO 8601
  const clockTime = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  const full = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  })

  /** The first moment of a day there. What is past the end of a month counts on in the next. */
  function startOf(year: number, month: number, date: number): string {
    const wanted = Date.UTC(year, month - 1, date)
    // What the clock shows there at a moment, read as UTC, is off by the zone's offset; the second try knows of a change of it.
    const offset = (at: number) => Date.parse(`${clockTime.format(at).replace(' ', 'T')}Z`) - at
    const guess = wanted - offset(wanted)
    const midnight = wanted - offset(guess)
    // Where the clocks go forward at midnight, the day begins at one.
    const isDayBefore = !numbers.format(midnight).endsWith(String(new Date(wanted).getUTCDate()).padStart(2, '0'))
    return new Date(isDayBefore ? midnight + 3_600_000 : midnight).toISOString()
  }

  return {
    /** `14:32`, with the date when that is not today: `21 Nov 2026 14:32`. */
    short(iso: string, now = new Date()): string {
      const at = new Date(iso)
      if (Number.isNaN(at.getTime())) return iso
      const date = day.format(at)
      return date === day.format(now) ? clock.format(at) : `${date} ${clock.format(at)}`
    },
    /** `21 Nov 2026`. */
    day: (iso: string): string => day.format(new Date(iso)),
    /** The first moment of the day that many days ago, as ISO 8601 UTC. */
    startOfDay(daysAgo: number, now = new Date()): string {
      const [year = 0, month = 1, date = 1] = numbers.format(now).split('-').map(Number)
      return startOf(year, month, date - daysAgo)
    },
    /** The first moment of a day, `2026-06-10`, or of the one so many days after it, as ISO 8601 UTC. */
    startOfDate(day: string, daysAfter = 0): string {
      const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
      return startOf(year, month, date + daysAfter)
    },
    /** The first moment of this calendar month, as ISO 8601 UTC. */
    startOfMonth(now = new Date()): string {
      return this.startOfDay(Number(numbers.format(now).slice(-2)) - 1, now)
    },
    /** `Sunday 22 November 2026 at 14:32, Europe/Lisbon`. */
    long(now = new Date()): string {
      return `${full.format(now)}, ${timeZone}`
    },
  }
}

export type LocalTime = ReturnType<typeof createLocalTime>

/** `47 s`, `3 min 20 s`, `1 h 5 min`: how long it took, from one ISO time to the other. */
export function elapsed(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return seconds % 60 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${seconds / 60} min`
  const minutes = Math.round(seconds / 60)
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`
}

/** `0:21`, `12:05`, `1:02:03`: how long it has taken, as a clock shows it. */
export function stopwatch(from: string, to: string): string {
  const seconds = Math.max(0, Math.floor((Date.parse(to) - Date.parse(from)) / 1000))
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  const tail = String(seconds % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}

/** A span in words: `15 minutes`, `90 seconds`. */
export function spanInWords(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  const [count, unit] = seconds >= 60 && seconds % 60 === 0 ? [seconds / 60, 'minute'] : [seconds, 'second']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
