import { type Kysely, sql } from 'kysely'

/** "RMY1": what a file of Remy's carries in its header. */
const APPLICATION_ID = 0x52_4d_59_31

const statements = [
  `PRAGMA application_id = ${APPLICATION_ID}`,

  // The registry. The eight columns of the story come first; the rest has defaults, so that a row of those eight is whole.
  `CREATE TABLE background_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    job_type TEXT NOT NULL CHECK (job_type <> ''),
    status TEXT NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed')),
    input_text TEXT NOT NULL DEFAULT '',
    result_text TEXT,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    completed_at TEXT,
    started_at TEXT,
    chat_id INTEGER,
    message_thread_id INTEGER,
    request_message_id INTEGER,
    update_id INTEGER,
    call_ordinal INTEGER NOT NULL DEFAULT 0,
    boot_id TEXT,
    CHECK ((status IN ('done', 'failed')) = (completed_at IS NOT NULL)),
    CHECK ((status IN ('done', 'failed')) = (result_text IS NOT NULL))
  ) STRICT`,
  // One update asks for a job once, however often it is handled; call_ordinal counts the asks of one update.
  'CREATE UNIQUE INDEX background_jobs_by_request ON background_jobs (update_id, call_ordinal) WHERE update_id IS NOT NULL',
  'CREATE INDEX background_jobs_by_user ON background_jobs (user_id, id)',
  'CREATE INDEX background_jobs_by_user_status ON background_jobs (user_id, status, id)',
  'CREATE INDEX background_jobs_by_status ON background_jobs (status, id)',

  // Transitions and steps of a job in one sequence.
  `CREATE TABLE job_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id INTEGER NOT NULL REFERENCES background_jobs (id),
    type TEXT NOT NULL CHECK (type IN ('transition', 'step')),
    name TEXT NOT NULL,
    data TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(data)),
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
  ) STRICT`,
  'CREATE INDEX job_events_by_job ON job_events (job_id, id)',
  // By trigger, so that no move of a status can miss its transition, whoever makes it.
  `CREATE TRIGGER job_created AFTER INSERT ON background_jobs BEGIN
    INSERT INTO job_events (job_id, type, name, at)
    VALUES (NEW.id, 'transition', NEW.status, COALESCE(NEW.completed_at, NEW.started_at, NEW.created_at));
  END`,
  `CREATE TRIGGER job_moved AFTER UPDATE OF status ON background_jobs WHEN OLD.status <> NEW.status BEGIN
    INSERT INTO job_events (job_id, type, name, at)
    VALUES (NEW.id, 'transition', NEW.status, COALESCE(NEW.completed_at, NEW.started_at, NEW.created_at));
  END`,

  // Updates in the order of their arrival; payload is NULL for a stranger's, of which only the id is kept.
  `CREATE TABLE updates (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    update_id INTEGER NOT NULL UNIQUE,
    chat_id INTEGER,
    payload TEXT CHECK (payload IS NULL OR (json_valid(payload) AND json_type(payload) = 'object')),
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    received_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    handled_at TEXT
  ) STRICT`,
  'CREATE INDEX updates_unhandled ON updates (id) WHERE handled_at IS NULL',

  // The outbox. payload holds the fields of the Bot API method beside chat and thread.
  `CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL,
    message_thread_id INTEGER,
    job_id INTEGER REFERENCES background_jobs (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('acknowledgement', 'outcome', 'reply', 'refusal')),
    part INTEGER NOT NULL DEFAULT 1,
    payload TEXT NOT NULL CHECK (json_valid(payload)),
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT,
    message_id INTEGER,
    error TEXT,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    sent_at TEXT,
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
  ) STRICT`,
  "CREATE INDEX deliveries_pending ON deliveries (chat_id, id) WHERE state = 'pending'",
  'CREATE INDEX deliveries_by_job ON deliveries (job_id, id) WHERE job_id IS NOT NULL',

  // Conversations as sent to Claude. turn is the updates.id that began the turn: turns sort by arrival, not by when they ended.
  `CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant', 'boundary')),
    content TEXT NOT NULL CHECK (json_valid(content)),
    tokens INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    UNIQUE (turn, ordinal)
  ) STRICT`,
  'CREATE INDEX messages_by_chat ON messages (chat_id, turn, ordinal)',
  "CREATE INDEX messages_boundaries ON messages (chat_id, turn) WHERE role = 'boundary'",

  // One row a process: who holds the database, since when, and when it was last known to write.
  `CREATE TABLE boots (
    id TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    version TEXT NOT NULL,
    started_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    ended_at TEXT
  ) STRICT`,
  'CREATE INDEX boots_by_start ON boots (started_at)',

  'CREATE TABLE refusals (chat_id INTEGER PRIMARY KEY, refused_at TEXT NOT NULL) STRICT',
  'CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT',
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
