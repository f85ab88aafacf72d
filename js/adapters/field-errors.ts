// Errors of the data providers: the messages by form field, in each framework's own error class.

import { type Intercom, IntercomError } from "../index.js";

/** Wraps a method so that it rejects with the framework's own error class. */
export const withHttpErrors =
  <Args extends unknown[], Result>(
    method: (...args: Args) => Promise<Result>,
    HttpError: new (error: IntercomError) => Error,
  ) =>
  async (...args: Args): Promise<Result> => {
    try {
      return await method(...args);
    } catch (error) {
      throw error instanceof IntercomError ? new HttpError(error) : error;
    }
  };

/** Returns the error messages by form field. */
export const fieldErrors = ({ errors }: IntercomError): Record<string, string> =>
  Object.fromEntries(
    errors.flatMap(({ field, message, code }) => (field ? [[field, message ?? code ?? "is wrong"]] : [])),
  );

/** Returns the messages of a rejected record that belong to no field, as one text. */
export function formError({ errors, status }: IntercomError): string | undefined {
  if (![400, 409, 422].includes(status)) return undefined;
  return errors.flatMap(({ field, message }) => (field || !message ? [] : [message])).join(". ") || undefined;
}

/** The fields of which no two contacts may have the same value. */
const UNIQUE_FIELDS = ["email", "external_id"];

/**
 * Waits for a contact to be created or updated. If another contact has the same e-mail address or external id, adds the
 * field to the error: Intercom's response does not say which it is.
 */
export async function withTakenFields<Attributes, T>(
  { contacts }: Intercom<Attributes>,
  fields: Record<string, unknown>,
  call: Promise<T>,
): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof IntercomError) || error.status !== 409 || error.errors.length !== 1) throw error;
    const [detail] = error.errors;
    const given = UNIQUE_FIELDS.filter((name) => fields[name]);
    if (given.length === 0 || !detail || detail.field) throw error;
    const id = given.length > 1 ? /\bid=([\w-]+)/.exec(detail.message ?? "")?.[1] : undefined;
    const other = id === undefined ? undefined : await contacts.get(id).catch(() => undefined);
    const taken = given.filter((name) => other && isSame(other, name, fields[name]));
    const errors = (taken.length > 0 ? taken : given).map((field) => ({ ...detail, field }));
    throw new IntercomError(error.message, { ...error, errors, raw: error.raw, cause: error });
  }
}

const isSame = (contact: { [field: string]: unknown }, name: string, value: unknown) =>
  String(contact[name]).toLowerCase() === String(value).toLowerCase();
