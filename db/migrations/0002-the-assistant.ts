import { type Kysely, sql } from 'kysely'

const statements = [
  // Files that a job was asked with, as a JSON list of Telegram's ids for them, and the job that it repeats.
  "ALTER TABLE background_jobs ADD COLUMN files TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(files))",
  'ALTER TABLE background_jobs ADD COLUMN rerun_of INTEGER REFERENCES background_jobs (id)',

  // The turn that an update became part of, once something of that turn is stored: from then on nothing joins or leaves it.
  'ALTER TABLE updates ADD COLUMN turn INTEGER',
  // The message in which the turn's answer is shown while it is written, where drafts cannot show it.
  'ALTER TABLE updates ADD COLUMN preview_message_id INTEGER',

  // Which method of the Bot API a delivery is for. An edit has its message's id in the payload, a document its content.
  `ALTER TABLE deliveries ADD COLUMN method TEXT NOT NULL DEFAULT 'sendMessage'
    CHECK (method IN ('sendMessage', 'editMessageText', 'sendDocument'))`,

  // What was said in a chat up to a turn, in short. The newest one counts; the messages themselves stay.
  `CREATE TABLE summaries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL,
    up_to_turn INTEGER NOT NULL,
    content TEXT NOT NULL CHECK (content <> ''),
    tokens INTEGER NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (chat_id, up_to_turn)
  ) STRICT`,

  'CREATE INDEX messages_by_time ON messages (user_id, created_at)',
  'CREATE INDEX background_jobs_by_time ON background_jobs (user_id, created_at)',
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
