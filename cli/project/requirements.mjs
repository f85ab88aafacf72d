// The Durable Objects that this package's Worker needs, and those that a project's wrangler configuration lacks.
import { join } from "node:path";
import { packageFolder } from "../package.mjs";
import { readWranglerConfig } from "../wrangler-config.mjs";

/** Returns the Durable Objects that the Worker needs: the bindings of this package's wrangler.toml. */
export async function requiredObjects() {
  const { durableObjects } = await readWranglerConfig(join(packageFolder, "wrangler.toml"));
  return durableObjects;
}

/** Returns the names of a parsed configuration's sections: "" for the top level, and the names of the environments. */
export const sectionNames = (config) => ["", ...Object.keys(config.env ?? {})];

/** Returns a section of a parsed configuration. */
export const sectionOf = (config, name) => (name ? config.env[name] : config);

/** Returns a section's name in sentences. */
export const sectionLabel = (name) => (name ? `[env.${name}]` : "the top level");

/** Lists the `required` objects that a section does not bind, for each section with such objects. */
export function missingBindings(config, required, sections = sectionNames(config)) {
  return sections
    .map((section) => {
      const bound = bindingsOf(sectionOf(config, section)).map(({ name }) => name);
      return { section, objects: required.filter(({ name }) => !bound.includes(name)) };
    })
    .filter(({ objects }) => objects.length > 0);
}

/**
 * Lists the classes that no migration creates, for each list of migrations: `section` is where the list is, and `tag`
 * is a new tag. An environment without migrations of its own uses those of the top level.
 */
export function missingMigrations(config, required, sections = sectionNames(config)) {
  const needed = new Map();
  for (const name of sections) {
    const section = sectionOf(config, name);
    // `exports` is wrangler's other way to declare the classes. Both together are an error.
    if (section.exports ?? config.exports) continue;
    const owner = section.migrations ? name : "";
    needed.set(owner, [...(needed.get(owner) ?? []), ...classesOf(section, required)]);
  }
  return [...needed]
    .map(([section, classes]) => {
      const { migrations = [] } = sectionOf(config, section);
      const created = createdBy(migrations);
      const missing = [...new Set(classes)].filter((name) => !created.has(name));
      return { section, tag: newTag(migrations), classes: missing };
    })
    .filter(({ classes }) => classes.length > 0);
}

/** Returns the classes that a section needs in its own Worker. A binding can name another class or another Worker. */
export const classesOf = (section, required) =>
  required
    .map((object) => bindingsOf(section).find(({ name }) => name === object.name) ?? object)
    .filter(({ script_name }) => !script_name)
    .map(({ class_name }) => class_name);

const bindingsOf = (section) => section.durable_objects?.bindings ?? [];

/** The classes that exist after all migrations. */
function createdBy(migrations) {
  const classes = new Set();
  for (const migration of migrations) {
    const { new_classes = [], new_sqlite_classes = [], deleted_classes = [] } = migration;
    const { renamed_classes = [], transferred_classes = [] } = migration;
    for (const name of [...new_classes, ...new_sqlite_classes]) classes.add(name);
    for (const { from } of renamed_classes) classes.delete(from);
    for (const { to } of [...renamed_classes, ...transferred_classes]) classes.add(to);
    for (const name of deleted_classes) classes.delete(name);
  }
  return classes;
}

/** Returns the number after the highest of the tags `v1`, `v2` and so on. */
function newTag(migrations) {
  const numbers = migrations.map(({ tag }) => Number(/^v(\d+)$/.exec(tag)?.[1] ?? 0));
  return `v${Math.max(0, ...numbers) + 1}`;
}
