// The rules of OpenAPI 3.1 as far as this service's document makes use of it: what is not listed here counts as a mistake.

type Thing = Record<string, unknown>

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
const places: Record<string, string[]> = {
  document: ['openapi', 'info', 'servers', 'paths', 'components', 'tags'],
  info: ['title', 'version', 'description'],
  operation: ['operationId', 'summary', 'description', 'tags', 'parameters', 'requestBody', 'responses', 'security'],
  parameter: ['name', 'in', 'description', 'required', 'schema'],
  requestBody: ['description', 'content', 'required'],
  response: ['description', 'headers', 'content'],
  mediaType: ['schema', 'example'],
  tag: ['name', 'description'],
  apiKey: ['type', 'description', 'name', 'in'],
  http: ['type', 'description', 'scheme', 'bearerFormat'],
}
/** The words of JSON Schema 2020-12 by the type that they are about; those of `any` go with each. */
const words: Record<string, string[]> = {
  any: ['type', 'description', 'default', 'enum', 'const', 'anyOf', 'oneOf', 'allOf', 'examples'],
  object: ['properties', 'required', 'additionalProperties', 'patternProperties', 'minProperties', 'maxProperties'],
  array: ['items', 'minItems', 'maxItems', 'uniqueItems'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  boolean: [],
  null: [],
}

/** Which rules an OpenAPI document breaks, each with its place. */
export function brokenRules(document: Thing): string[] {
  const broken: string[] = []
  const must = (isKept: boolean, at: string, rule: string) => void (isKept || broken.push(`${at}: ${rule}`))
  const thing = (value: unknown, at: string): Thing => {
    const isThing = typeof value === 'object' && value !== null && !Array.isArray(value)
    must(isThing, at, 'is no object')
    return isThing ? (value as Thing) : {}
  }
  const entries = (value: unknown, at: string) => (value === undefined ? [] : Object.entries(thing(value, at)))
  const list = (value: unknown, at: string): unknown[] => {
    must(value === undefined || Array.isArray(value), at, 'is no list')
    return Array.isArray(value) ? value : []
  }
  const text = (value: unknown, at: string) => must(typeof value === 'string' && value !== '', at, 'is no text')
  const known = (value: Thing, allowed: string[], at: string) => {
    for (const name of Object.keys(value)) must(allowed.includes(name) || name.startsWith('x-'), at, `has ${name}`)
  }
  const unlike = (values: unknown[], at: string) => must(new Set(values).size === values.length, at, 'says one thing twice')

  function schema(value: unknown, at: string): void {
    const { type: told, ...rest } = thing(value, at)
    const [type, ...others] = Array.isArray(told) ? told : [told]
    must(others.length === 0 || (others.length === 1 && others[0] === 'null'), at, 'is of several types')
    const parts = ['anyOf', 'oneOf', 'allOf'].filter((name) => name in rest)
    for (const part of parts) {
      for (const [index, each] of list(rest[part], at).entries()) schema(each, `${at}.${part}[${index}]`)
      must(list(rest[part], at).length > 0, at, `${part} is empty`)
    }
    must(type !== undefined || parts.length > 0, at, 'is of no type')
    must(type === undefined || Object.hasOwn(words, `${type}`), at, `is of type ${type}`)
    known(rest, [...(words.any ?? []), ...(words[`${type}`] ?? [])], at)
    for (const [name, each] of entries(rest.properties, at)) schema(each, `${at}.${name}`)
    for (const name of list(rest.required, at)) must(Object.hasOwn(thing(rest.properties, at), `${name}`), at, `lacks ${name}`)
    unlike(list(rest.required, at), at)
    if (type === 'array') schema(rest.items, `${at}[]`)
    if ('enum' in rest) {
      must(list(rest.enum, at).length > 0, at, 'is an empty enum')
      for (const each of list(rest.enum, at)) must(`${typeof each}` === type, at, `has ${each}, which is no ${type}`)
      unlike(list(rest.enum, at), at)
    }
  }

  function content(value: unknown, at: string): void {
    for (const [type, media] of entries(value, at)) {
      must(/^[a-z]+\/[a-z.+-]+$/.test(type), at, `${type} is no media type`)
      known(thing(media, at), places.mediaType ?? [], at)
      schema(thing(media, at).schema, `${at} ${type}`)
    }
  }

  function operation(value: unknown, path: string, at: string, schemes: Thing, tags: string[]): void {
    const told = thing(value, at)
    known(told, places.operation ?? [], at)
    text(told.operationId, `${at} operationId`)
    for (const tag of list(told.tags, at)) must(tags.includes(String(tag)), at, `has a tag that is not told of, ${tag}`)
    const parameters = list(told.parameters, at).map((each) => thing(each, at))
    unlike(
      parameters.map((each) => `${each.in} ${each.name}`),
      at,
    )
    for (const parameter of parameters) {
      const place = `${at} ${parameter.name}`
      known(parameter, places.parameter ?? [], place)
      must(['path', 'query', 'header', 'cookie'].includes(`${parameter.in}`), place, `is in ${parameter.in}`)
      must(
        parameter.in !== 'path' || (parameter.required === true && path.includes(`{${parameter.name}}`)),
        place,
        'is no part',
      )
      must(!/^(accept|content-type|authorization)$/i.test(`${parameter.name}`), place, 'would be ignored')
      const isFilled = Object.hasOwn(thing(parameter.schema, place), 'default')
      must(!(isFilled && parameter.required === true), place, 'is required, though it has a default')
      schema(parameter.schema, place)
    }
    for (const [, part] of path.matchAll(/\{(\w+)\}/g))
      must(
        parameters.some((each) => each.in === 'path' && each.name === part),
        at,
        `does not tell of ${part}`,
      )
    if (told.requestBody !== undefined) {
      must(!at.startsWith('GET'), at, 'has a body')
      known(thing(told.requestBody, at), places.requestBody ?? [], at)
      content(thing(told.requestBody, at).content, `${at} body`)
    }
    must(entries(told.responses, at).length > 0, at, 'has no answers')
    for (const [code, answer] of entries(told.responses, at)) {
      must(/^([1-5]\d\d|default)$/.test(code), at, `answers ${code}`)
      known(thing(answer, at), places.response ?? [], `${at} ${code}`)
      text(thing(answer, at).description, `${at} ${code} description`)
      content(thing(answer, at).content, `${at} ${code}`)
    }
    for (const way of list(told.security, at))
      for (const [name, scopes] of entries(way, at)) {
        must(Object.hasOwn(schemes, name), at, `asks for ${name}, which is not told of`)
        must(list(scopes, at).length === 0, at, `has scopes for ${name}`)
      }
  }

  known(document, places.document ?? [], 'document')
  must(/^3\.1\.\d+$/.test(`${document.openapi}`), 'document', 'is of another version')
  const info = thing(document.info, 'info')
  known(info, places.info ?? [], 'info')
  text(info.title, 'info.title')
  text(info.version, 'info.version')
  const tags = list(document.tags, 'tags').map((tag) => thing(tag, 'tags'))
  for (const tag of tags) known(tag, places.tag ?? [], 'tags')
  const names = tags.map(({ name }) => String(name))
  unlike(names, 'tags')
  const components = thing(document.components, 'components')
  known(components, ['schemas', 'securitySchemes'], 'components')
  const schemes = thing(components.securitySchemes, 'securitySchemes')
  for (const [name, scheme] of Object.entries(schemes)) {
    const told = thing(scheme, name)
    known(told, places[`${told.type}`] ?? [], name)
    for (const field of told.type === 'apiKey' ? ['name', 'in'] : ['scheme']) text(told[field], `${name}.${field}`)
  }
  const operations = entries(document.paths, 'paths').flatMap(([path, item]) => {
    must(path.startsWith('/'), path, 'begins without a slash')
    known(thing(item, path), methods, path)
    return Object.entries(thing(item, path)).map(([method, value]) => ({ path, at: `${method.toUpperCase()} ${path}`, value }))
  })
  for (const { path, at, value } of operations) operation(value, path, at, schemes, names)
  unlike(
    operations.map(({ value }) => (value as Thing).operationId),
    'operationId',
  )
  return broken
}
