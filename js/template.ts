import { optionsOf } from "./argument.js";
import type { List } from "./list.js";
import type { NewTemplate, Preview, PreviewFields, Template } from "./model.js";
import type { CallOptions, Session } from "./session.js";
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
  list: (options) => session.list("GET /edge/templates", [], options),
  get: async (name, options) => {
    const { version, ...more } = optionsOf(options);
    return session.call("GET /edge/templates/{name}", [name], { query: { version } }, more);
  },
  put: async (name, template, options) =>
    session.call("PUT /edge/templates/{name}", [name], { text: await check("template", template) }, options),
  delete: (name, options) => session.call("DELETE /edge/templates/{name}", [name], { empty: true }, options),
  preview: async (name, options) => {
    const { to, variables, from, version, ...more } = optionsOf(options);
    return session.call("POST /edge/templates/{name}/preview", [name], { body: { to, variables, from, version } }, more);
  },
});
