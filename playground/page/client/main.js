// The page in the order in which it comes to life; each part binds its own elements.
import './actions.js'
import './composer.js'
import './pick.js'
import { $, handheld } from './dom.js'
import { listen } from './feed.js'

listen()
if (!handheld()) $('input').focus()
