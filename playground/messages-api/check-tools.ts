import { checkServerTool } from './check-server-tools.ts'
import { demand, isObject, type Json } from './demand.ts'

const namePattern = '^[a-zA-Z0-9_-]{1,128}$'

/** Tools: names, uniqueness, an object schema for the ones that the client runs; and a tool_choice that exists. */
export function checkTools({ tools = [], tool_choice }: Json): void {
  demand(Array.isArray(tools), 'tools: Input should be a valid list')
  const names = tools.map((tool: unknown, index) => checkTool(tool, `tools.${index}`))
  demand(new Set(names).size === names.length, 'tools: Tool names must be unique.')
  if (tool_choice === undefined) return
  const known = isObject(tool_choice) && ['auto', 'any', 'tool', 'none'].includes(String(tool_choice.type))
  demand(known, "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'")
  if (tool_choice.type === 'none') return
  demand(names.length > 0, 'tool_choice may only be specified while providing tools.')
  if (tool_choice.type === 'tool') {
    demand(names.includes(String(tool_choice.name)), `Tool '${tool_choice.name}' not found in provided tools`)
  }
}

function checkTool(tool: unknown, path: string): string {
  demand(isObject(tool), `${path}: Input should be a valid dictionary`)
  const { name, type, input_schema: schema, description } = tool
  demand(typeof name === 'string', `${path}.name: Field required`)
  // A type other than 'custom' is a server tool, such as web_search_20260318: Anthropic knows its schema.
  if (type != null && type !== 'custom') {
    checkServerTool(tool, path)
    return name
  }
  demand(new RegExp(namePattern).test(name), `${path}.custom.name: String should match pattern '${namePattern}'`)
  demand(schema !== undefined, `${path}.custom.input_schema: Field required`)
  demand(isObject(schema), `${path}.custom.input_schema: Input should be a valid dictionary`)
  demand(schema.type === 'object', `${path}.custom.input_schema.type: Input should be 'object'`)
  const describes = description === undefined || typeof description === 'string'
  demand(describes, `${path}.custom.description: Input should be a valid string`)
  return name
}
