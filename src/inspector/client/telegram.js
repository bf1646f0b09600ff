// What Telegram's own script would do, as far as this page needs it: that one is from elsewhere, and may do anything.
const told = new URLSearchParams(location.hash.slice(1))

/** What Telegram hands over about the person; empty in a browser. */
export const initData = told.get('tgWebAppData') ?? ''

/** Telegram may be dark where the device is light. */
export function dressLikeTelegram() {
  const { bg_color: background } = themeOf(told.get('tgWebAppThemeParams'))
  const parts = /^#(\w\w)(\w\w)(\w\w)$/.exec(background ?? '')?.slice(1)
  if (!parts) return
  const [red, green, blue] = parts.map((part) => Number.parseInt(part, 16))
  const isDark = red * 0.299 + green * 0.587 + blue * 0.114 < 128
  document.getElementById('dark').media = isDark ? 'all' : 'not all'
  document.documentElement.style.colorScheme = isDark ? 'dark' : 'light'
}

function themeOf(text) {
  try {
    return JSON.parse(text ?? '{}') ?? {}
  } catch {
    return {}
  }
}

/** Takes Telegram's own waiting picture away, and as much of the screen as there is. */
export function comeForward() {
  for (const event of ['web_app_ready', 'web_app_expand']) tell(event)
}

function tell(event) {
  if (window.TelegramWebviewProxy) window.TelegramWebviewProxy.postEvent(event, '{}')
  else if (window.parent !== window) {
    window.parent.postMessage(JSON.stringify({ eventType: event, eventData: {} }), 'https://web.telegram.org')
  }
}
