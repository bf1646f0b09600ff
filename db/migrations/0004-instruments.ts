import { type Kysely, sql } from 'kysely'

const statements = [
  // What a running job is doing, in words, such as `Finance is in, 3 of 4`.
  'ALTER TABLE background_jobs ADD COLUMN stage TEXT',
  'CREATE INDEX background_jobs_by_end ON background_jobs (completed_at) WHERE completed_at IS NOT NULL',

  // The status message of a job, which is its acknowledgement: what it says now, and whether that is its last word.
  `CREATE TABLE status_messages (
    job_id INTEGER PRIMARY KEY REFERENCES background_jobs (id),
    shown TEXT NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1))
  ) STRICT`,
  'CREATE INDEX status_messages_open ON status_messages (job_id) WHERE settled = 0',

  // The last word to who wants to be forgotten: its row is removed once it is sent.
  'ALTER TABLE deliveries ADD COLUMN vanishes INTEGER NOT NULL DEFAULT 0 CHECK (vanishes IN (0, 1))',

  // Which job a message is part of, when somebody replies to it.
  'CREATE INDEX deliveries_by_message ON deliveries (chat_id, message_id) WHERE message_id IS NOT NULL',
  'CREATE INDEX background_jobs_by_notice ON background_jobs (notice_id) WHERE notice_id IS NOT NULL',
  'CREATE INDEX deliveries_by_end ON deliveries (COALESCE(sent_at, created_at)) WHERE job_id IS NULL',

  // Topics and results, to be searched. The person is a word of each entry, so that a search never looks at another's.
  // Everything in the triggers is plain SQL, since a sqlite3 shell may be what fires them.
  `CREATE VIRTUAL TABLE jobs_search USING fts5 (
    user_id, input_text, result_text,
    content = 'background_jobs', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
  )`,
  `CREATE TRIGGER job_search_added AFTER INSERT ON background_jobs BEGIN
    INSERT INTO jobs_search (rowid, user_id, input_text, result_text)
    VALUES (NEW.id, NEW.user_id, NEW.input_text, NEW.result_text);
  END`,
  `CREATE TRIGGER job_search_removed AFTER DELETE ON background_jobs BEGIN
    INSERT INTO jobs_search (jobs_search, rowid, user_id, input_text, result_text)
    VALUES ('delete', OLD.id, OLD.user_id, OLD.input_text, OLD.result_text);
  END`,
  `CREATE TRIGGER job_search_changed AFTER UPDATE OF user_id, input_text, result_text ON background_jobs BEGIN
    INSERT INTO jobs_search (jobs_search, rowid, user_id, input_text, result_text)
    VALUES ('delete', OLD.id, OLD.user_id, OLD.input_text, OLD.result_text);
    INSERT INTO jobs_search (rowid, user_id, input_text, result_text)
    VALUES (NEW.id, NEW.user_id, NEW.input_text, NEW.result_text);
  END`,
  "INSERT INTO jobs_search (jobs_search) VALUES ('rebuild')",

  // What each call to a model used and cost. kind is `chat` or the type of the job; cost_micros are millionths of a US
  // dollar, NULL where the model's price is not known. user_id is 0 once its person is forgotten.
  `CREATE TABLE model_calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    job_id INTEGER REFERENCES background_jobs (id) ON DELETE SET NULL,
    step TEXT,
    turn INTEGER,
    model TEXT NOT NULL,
    input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    cache_read_tokens INTEGER NOT NULL DEFAULT 0,
    cache_write_tokens INTEGER NOT NULL DEFAULT 0,
    searches INTEGER NOT NULL DEFAULT 0,
    cost_micros INTEGER,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
  ) STRICT`,
  'CREATE INDEX model_calls_by_job ON model_calls (job_id) WHERE job_id IS NOT NULL',
  'CREATE INDEX model_calls_by_turn ON model_calls (turn) WHERE turn IS NOT NULL',
  'CREATE INDEX model_calls_by_user ON model_calls (user_id, at)',
  'CREATE INDEX model_calls_by_time ON model_calls (at, cost_micros)',
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
