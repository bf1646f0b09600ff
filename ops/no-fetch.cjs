// In the place of node-fetch in the bundle: Telegraf brings it along for an HTTP client that nobody here calls.
module.exports = () => Promise.reject(new Error("Telegraf's own HTTP client is not in the bundle"))
