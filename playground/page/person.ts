/** The one person of the page. */
export const person = { id: 1001, first_name: 'You', language_code: 'en' }
