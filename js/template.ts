import { json, optionsOf } from "./argument.js";
import { ArgumentError } from "./error.js";
import type { List } from "./list.js";
import type { NewTemplate, Preview, PreviewFields, Template } from "./model.js";
import type { CallOptions } from "./options.js";
import type { Session } from "./session.js";
import { check } from "./wasm.js";

/** For whom a template is rendered. */
export interface PreviewOptions extends CallOptions, PreviewFields {}

/** The Worker's templates. */
export interface Templates {
  /** Lists them, each in its newest version. */
  list(options?: CallOptions): List<Template>;
  /** Gets the newest version, or an older one. */
  get(name: string, options?: CallOptions & { version?: number | undefined }): Promise<Template>;
  /**
   * Stores a text: a new version, unless it is the newest one's.
   *
   * @example
   * ```ts
   * await intercom.templates.put("news", { subject: "News", body: "Hi {{ contact.name | default('there') }}" });
   * ```
   */
  put(name: string, template: NewTemplate, options?: CallOptions): Promise<Template>;
  /** Removes it with all its versions. */
  delete(name: string, options?: CallOptions): Promise<void>;
  /**
   * Renders it without sending.
   *
   * @throws {@link IntercomError} for a value that is missing, among others
   */
  preview(name: string, options?: PreviewOptions): Promise<Preview>;
}

/** The calls of templates. @internal */
export const templates = (session: Session): Templates => ({
  list: (options) => session.list(options, (calls, exchange) => calls.template_list(exchange)),
  get: async (name, options) => {
    const { version, ...more } = optionsOf(options);
    if (version !== undefined && !(Number.isInteger(version) && version >= 1 && version < 2 ** 31)) {
      throw new ArgumentError("version", "a whole number from 1");
    }
    return session.call(more, (calls, exchange) => calls.template_get(exchange, name, version));
  },
  put: async (name, template, options) => {
    const text = await check("template", template);
    return session.call(options, (calls, exchange) => calls.template_put(exchange, name, text));
  },
  delete: (name, options) => session.call(options, (calls, exchange) => calls.template_delete(exchange, name)),
  preview: async (name, options) => {
    const { to, variables, from, version, ...more } = optionsOf(options);
    const text = json("body", { to, variables, from, version });
    return session.call(more, (calls, exchange) => calls.template_preview(exchange, name, text));
  },
});
