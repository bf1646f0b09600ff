/** "RMY1": what a file of Remy's carries in its header, as `PRAGMA application_id`. */
export const APPLICATION_ID = 0x52_4d_59_31

/**
 * What code must know to work with the file, as `PRAGMA user_version`. A migration raises it (by the number in its name)
 * when code from before it would do harm; what only adds leaves it, so that a deploy can be taken back.
 */
export const SCHEMA_VERSION = 3
