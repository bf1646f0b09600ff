import { type Kysely, sql } from 'kysely'

const statements = [
  // The outbox anew, since a CHECK cannot be changed: `dropped` is what is not wanted any more, `steps` the finished part of
  // a failed job, `callback` the answer to a button. The rest stays as it was.
  `CREATE TABLE new_deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL,
    message_thread_id INTEGER,
    job_id INTEGER REFERENCES background_jobs (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('acknowledgement', 'outcome', 'steps', 'reply', 'refusal', 'callback')),
    part INTEGER NOT NULL DEFAULT 1,
    method TEXT NOT NULL DEFAULT 'sendMessage'
      CHECK (method IN ('sendMessage', 'editMessageText', 'sendDocument', 'answerCallbackQuery')),
    payload TEXT NOT NULL CHECK (json_valid(payload)),
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'dropped')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT,
    message_id INTEGER,
    error TEXT,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    sent_at TEXT,
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
  ) STRICT`,
  `INSERT INTO new_deliveries (id, chat_id, message_thread_id, job_id, purpose, part, method, payload, state, attempts,
      next_attempt_at, message_id, error, created_at, sent_at)
    SELECT id, chat_id, message_thread_id, job_id, purpose, part, method, payload, state, attempts,
      next_attempt_at, message_id, error, created_at, sent_at FROM deliveries`,
  'DROP TABLE deliveries',
  'ALTER TABLE new_deliveries RENAME TO deliveries',
  "CREATE INDEX deliveries_pending ON deliveries (chat_id, id) WHERE state = 'pending'",
  'CREATE INDEX deliveries_by_job ON deliveries (job_id, id) WHERE job_id IS NOT NULL',

  // Several jobs that one stop interrupted share one notice.
  'ALTER TABLE background_jobs ADD COLUMN notice_id INTEGER REFERENCES deliveries (id)',
  'CREATE INDEX background_jobs_by_rerun ON background_jobs (rerun_of) WHERE rerun_of IS NOT NULL',

  // When a piece of the answer to this update was first shown to the person.
  'ALTER TABLE updates ADD COLUMN shown_at TEXT',
  'CREATE INDEX updates_handled ON updates (handled_at) WHERE handled_at IS NOT NULL',

  // How the process before this one ended, as this one found it: it closed by itself, a signal told it to, or neither.
  "ALTER TABLE boots ADD COLUMN last_end TEXT CHECK (last_end IN ('clean', 'signal', 'crash'))",
  'ALTER TABLE boots ADD COLUMN stop_signal TEXT',

  // What code must know to work with the file.
  'PRAGMA user_version = 3',
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
