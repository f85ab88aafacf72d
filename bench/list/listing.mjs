// What is listed: the same for the server and for those who list.
export const CONTACTS = 10_000;
export const PER_PAGE = 150;
export const PAGES = Math.ceil(CONTACTS / PER_PAGE);

/** Whether a listing is what the server has: each once, in order. */
export function complete(contacts) {
  return contacts.length === CONTACTS && contacts.every(({ external_id: id }, index) => id === `customer-${index}`);
}
