import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Errors } from 'typebox/schema'
import { expect, test } from 'vitest'
import { type App, buildApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { ada, build, INSPECTION_TOKEN, SECRET } from './build.ts'
import { sessionOf } from './inspector-house.ts'
import { brokenRules } from './openapi-rules.ts'

interface Parameter {
  name: string
}
interface Operation {
  summary?: string
  tags?: string[]
  parameters?: Parameter[]
  security?: Record<string, string[]>[]
  responses: Record<string, { description: string; content?: Record<string, unknown> }>
}
interface Document {
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
}

/** Every route of the service, as Fastify itself has them. */
async function routesOf(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'remy-routes-'))
  const required = { TELEGRAM_BOT_TOKEN: '1:a', TELEGRAM_WEBHOOK_SECRET: SECRET, TELEGRAM_ALLOWED_USER_IDS: '1' }
  const env = {
    ...required,
    ANTHROPIC_API_KEY: 'k',
    INSPECTION_TOKEN,
    DATABASE_URL: `file:${folder}/remy.db`,
    LOG_LEVEL: 'silent',
  }
  const app = await buildApp(readConfig(env))
  try {
    return fromTree(app)
  } finally {
    await app.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function fromTree(app: App): string[] {
  const above: string[] = []
  return app
    .printRoutes()
    .split('\n')
    .flatMap((line) => {
      const [, indent = '', piece = '', methods] = /^([│ ]*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? []
      const depth = indent.length / 4
      above.splice(depth, above.length, piece)
      const path = above.join('').replace(/:(\w+)/g, '{$1}')
      return (methods?.split(', ') ?? []).filter((method) => method !== 'HEAD').map((method) => `${method} ${path}`)
    })
}

test('/openapi.json tells of every route, with its parameters, its answers and who may ask', async () => {
  await using house = await build()
  const { status, body } = await house.get('/openapi.json', {})
  expect(status).toBe(200)
  expect(brokenRules(body)).toEqual([])
  const { info, paths } = body as Document
  expect(info).toMatchObject({ title: 'Remy', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) })
  const told = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, name: `${method.toUpperCase()} ${path}`, operation })),
  )
  const names = told.map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining(['GET /jobs', 'GET /jobs/{id}', 'GET /jobs/{id}/events', 'POST /telegram/webhook']),
  )
  expect(names.toSorted()).toEqual((await routesOf()).toSorted())

  for (const { name, operation } of told) {
    expect(operation.summary, name).toBeTruthy()
    expect(operation.tags, name).toHaveLength(1)
    const answers = Object.entries(operation.responses)
    expect(
      answers.some(([code]) => code.startsWith('2')),
      name,
    ).toBe(true)
    for (const [code, answer] of answers) {
      expect(answer.description, `${name} ${code}`).not.toBe('Default Response')
    }
    const isRefusing = Object.hasOwn(operation.responses, '401')
    expect(Boolean(operation.security), name).toBe(isRefusing)
  }
  expect(JSON.stringify(body)).not.toContain('$ref')
  expect(Object.keys(paths['/jobs/{id}/events']?.get?.responses['200']?.content ?? {})).toEqual(['text/event-stream'])
  const byName = (parameter: Parameter) => parameter.name
  expect(paths['/jobs']?.get?.parameters?.map(byName)).toEqual(
    expect.arrayContaining(['words', 'status', 'job_type', 'user_id', 'limit']),
  )
  expect(paths['/inspector/jobs']?.get?.parameters?.map(byName)).not.toContain('user_id')
})

test('the rules that the document is held to are seen where they are broken', async () => {
  await using house = await build()
  const whole = JSON.stringify((await house.get('/openapi.json', {})).body)
  const breaks: Record<string, [RegExp, string]> = {
    'another version': [/"3\.1\.0"/, '"3.0.0"'],
    'has nullable': [/"type":"integer"/, '"type":"integer","nullable":true'],
    'of no type': [/"enum":\["done","failed"\],"type":"string"/, '"enum":["done","failed"]'],
    'is of type date': [/"type":"string"/, '"type":"date"'],
    'required, though it has a default': [/"name":"limit","required":false/, '"name":"limit","required":true'],
    'does not tell of other': [/\/jobs\/\{id\}"/, '/jobs/{id}/{other}"'],
    'says one thing twice': [/"operationId":"getJob"/, '"operationId":"listJobs"'],
    'not told of': [/"security":\[\{"session"/, '"security":[{"cookie"'],
    'description: is no text': [/"description":"The job"/, '"description":""'],
  }
  expect(brokenRules(JSON.parse(whole))).toEqual([])
  for (const [rule, [from, to]] of Object.entries(breaks)) {
    expect(from.test(whole), rule).toBe(true)
    expect(brokenRules(JSON.parse(whole.replace(from, to))).join('\n'), rule).toContain(rule)
  }
})

test('what the routes answer is of the shape that the document tells', async () => {
  await using house = await build()
  house.telegram.say(ada, '/board Go?')
  await house.until(() => house.job(1)?.completed_at)
  const { paths } = (await house.get('/openapi.json', {})).body
  const own = await sessionOf(house, ada)
  const asked: [path: string, actual: string, headers?: Record<string, string>][] = [
    ['/health', '/health'],
    ['/ready', '/ready'],
    ['/openapi.json', '/openapi.json'],
    ['/jobs', '/jobs'],
    ['/jobs/{id}', '/jobs/1'],
    ['/jobs/{id}/result', '/jobs/1/result'],
    ['/jobs/{id}', '/jobs/9'],
    ['/jobs/{id}', '/jobs/x'],
    ['/jobs/{id}', '/jobs/1', {}],
    ['/inspector/jobs', '/inspector/jobs', own],
    ['/inspector/jobs/{id}', '/inspector/jobs/1', own],
  ]
  for (const [path, actual, headers] of asked) {
    const { status, body } = await house.get(actual, headers)
    const { schema } = paths[path].get.responses[status].content['application/json']
    expect(Errors(schema, body)[1], `${actual} ${status}`).toEqual([])
    if (schema.additionalProperties !== true)
      expect(Object.keys(body).toSorted(), actual).toEqual(
        Object.keys(schema.properties)
          .filter((name) => name in body)
          .toSorted(),
      )
  }
  const listed = paths['/jobs'].get.responses['200'].content['application/json'].schema.properties.jobs.items
  expect(Object.keys((await house.get('/jobs')).body.jobs[0]).toSorted()).toEqual(Object.keys(listed.properties).toSorted())
})

test('without an inspection token there is no document', async () => {
  await using house = await build({ env: { INSPECTION_TOKEN: '' } })
  expect((await house.get('/openapi.json')).status).toBe(404)
})
