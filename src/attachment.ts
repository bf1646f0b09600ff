/** A file that a person sent, as Remy keeps it: by Telegram's id for it, so that it can be fetched again whenever it is needed. */
export interface Attachment {
  readonly fileId: string
  readonly kind: 'image' | 'pdf' | 'text'
  readonly mediaType: string
  readonly name: string
  /** Its size in bytes, as Telegram says. */
  readonly bytes: number
}
