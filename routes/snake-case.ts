type SnakeCase<Name extends string> = Name extends `${infer Head}${infer Tail}`
  ? Head extends Lowercase<Head>
    ? `${Head}${SnakeCase<Tail>}`
    : `_${Lowercase<Head>}${SnakeCase<Tail>}`
  : Name

type SnakeCased<Row> = { [Name in keyof Row & string as SnakeCase<Name>]: Row[Name] }

/** A row under the names that the registry and the API give its columns. */
export function snakeCased<Row extends object>(row: Row): SnakeCased<Row> {
  const renamed = Object.entries(row).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ])
  return Object.fromEntries(renamed) // every name was mapped as the type maps it
}
