// The calls of the Worker's e-mail templates.

import { json, optionsOf } from "./argument.js";
import { ArgumentError } from "./error.js";
import type { List } from "./list.js";
import type { NewTemplate, Preview, PreviewFields, Template } from "./model.js";
import type { CallOptions } from "./options.js";
import type { Session } from "./session.js";
import { validate } from "./wasm.js";

/** Options of a preview: the recipient, the variables and the version. */
export interface PreviewOptions extends CallOptions, PreviewFields {}

/** The calls of the Worker's e-mail templates, as `intercom.templates`. All throw {@link IntercomError}. */
export interface Templates {
  /** Lists the templates in their newest versions. */
  list(options?: CallOptions): List<Template>;
  /**
   * Gets a template in its newest version, or in the given one.
   *
   * @throws {@link NotFoundError} if there is no such template or version
   */
  get(name: string, options?: CallOptions & { version?: number | undefined }): Promise<Template>;
  /**
   * Stores a template. Changed content creates a new version; unchanged content does not.
   *
   * @example
   * ```ts
   * await intercom.templates.put("news", { subject: "News", body: "Hi {{ contact.name | default('there') }}" });
   * ```
   *
   * @throws {@link ValidationError} before anything is sent, if the Worker would reject the template
   */
  put(name: string, template: NewTemplate, options?: CallOptions): Promise<Template>;
  /** Deletes a template with all its versions. */
  delete(name: string, options?: CallOptions): Promise<void>;
  /**
   * Renders a template without sending it.
   *
   * @throws {@link IntercomError} if the template cannot be rendered, for example if a variable is missing
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
    const text = await validate("template", template);
    return session.call(options, (calls, exchange) => calls.template_put(exchange, name, text));
  },
  delete: (name, options) => session.call(options, (calls, exchange) => calls.template_delete(exchange, name)),
  preview: async (name, options) => {
    const { to, variables, from, version, ...more } = optionsOf(options);
    const text = json("body", { to, variables, from, version });
    return session.call(more, (calls, exchange) => calls.template_preview(exchange, name, text));
  },
});
