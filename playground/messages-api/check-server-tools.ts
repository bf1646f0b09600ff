// Tools that Anthropic runs: their types are known by date, and web search is checked to the last field.
import { demand, demandKnown, isObject, type Json } from './demand.ts'

const typeFamilies = [
  ...['bash', 'browser_toolset', 'code_execution', 'computer_toolset', 'memory', 'text_editor', 'web_fetch', 'web_search'],
  ...['tool_search_tool_bm25', 'tool_search_tool_regex'],
]
const webSearchFields = [
  ...['type', 'name', 'max_uses', 'allowed_callers', 'allowed_domains', 'blocked_domains', 'cache_control'],
  ...['defer_loading', 'strict', 'user_location', 'response_inclusion'],
]
const callers = ['direct', 'code_execution_20250825', 'code_execution_20260120', 'code_execution_20260521']

/** Throws Invalid for a server tool that the API would refuse. */
export function checkServerTool(tool: Json, path: string): void {
  const type = String(tool.type)
  const family = typeFamilies.find((name) => new RegExp(`^${name}_\\d{8}$`).test(type))
  const tags = typeFamilies.map((name) => `'${name}_…'`).join(', ')
  demand(
    family !== undefined,
    `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags: 'custom', ${tags}`,
  )
  if (family === 'web_search') checkWebSearch(tool, `${path}.${type}`)
}

function checkWebSearch(tool: Json, path: string): void {
  const { name, max_uses, allowed_callers, allowed_domains, blocked_domains, user_location } = tool
  demandKnown(tool, new Set(webSearchFields), `${path}.`)
  demand(name === 'web_search', `${path}.name: Input should be 'web_search'`)
  if (max_uses != null) {
    demand(Number.isInteger(max_uses), `${path}.max_uses: Input should be a valid integer`)
    demand(Number(max_uses) >= 1, `${path}.max_uses: Input should be greater than or equal to 1`)
  }
  if (allowed_callers !== undefined) {
    const known = Array.isArray(allowed_callers) && allowed_callers.every((caller) => callers.includes(caller))
    demand(known, `${path}.allowed_callers: Input should be a list of ${callers.map((caller) => `'${caller}'`).join(', ')}`)
  }
  for (const [field, domains] of Object.entries({ allowed_domains, blocked_domains })) {
    if (domains == null) continue
    const strings = Array.isArray(domains) && domains.every((domain) => typeof domain === 'string')
    demand(strings, `${path}.${field}: Input should be a valid list of strings`)
  }
  const both = allowed_domains != null && blocked_domains != null
  demand(!both, `${path}: Only one of allowed_domains and blocked_domains may be given`)
  if (user_location != null) checkLocation(user_location, `${path}.user_location`)
}

function checkLocation(location: unknown, path: string): void {
  demand(isObject(location), `${path}: Input should be a valid dictionary`)
  demand(location.type === 'approximate', `${path}.type: Input should be 'approximate'`)
  demandKnown(location, new Set(['type', 'city', 'country', 'region', 'timezone']), `${path}.`)
  const { type: _, ...places } = location
  for (const [field, value] of Object.entries(places)) {
    demand(value == null || typeof value === 'string', `${path}.${field}: Input should be a valid string`)
  }
  const { country } = location
  demand(country == null || /^[A-Z]{2}$/.test(String(country)), `${path}.country: String should have exactly 2 characters`)
}
