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

/** Takes Telegram's own waiting picture away, and as much of the screen as there is; a swipe scrolls, and closes nothing. */
export function comeForward() {
  tell('web_app_ready')
  tell('web_app_expand')
  tell('web_app_setup_swipe_behavior', { allow_vertical_swipe: false })
}

/** Whether Telegram shows its own way back; without it the one of the phone closes the whole page. */
export function showBack(isThere) {
  tell('web_app_setup_back_button', { is_visible: isThere })
}

/** Calls `act` when that way back is taken. */
export function onBack(act) {
  const receiveEvent = (name) => name === 'back_button_pressed' && act()
  // Telegram's apps call one of these; its web clients send a message.
  window.Telegram = { WebView: { receiveEvent } }
  window.TelegramGameProxy = { receiveEvent }
  window.addEventListener('message', ({ source, data }) => {
    if (source !== window.parent) return
    try {
      receiveEvent(JSON.parse(data).eventType)
    } catch {} // no word of Telegram's
  })
}

function tell(name, data = {}) {
  if (window.TelegramWebviewProxy) window.TelegramWebviewProxy.postEvent(name, JSON.stringify(data))
  // Nothing of this is a secret, and who may frame this page stands in its policy.
  else if (window.parent !== window) window.parent.postMessage(JSON.stringify({ eventType: name, eventData: data }), '*')
}
