// Made from the Rust models by `npm run build -- types`.

/** One of Intercom's words, open to new ones. */
export type Word<Known extends string> = Known | (string & {});

/** What every object of Intercom's may have besides: fields that these types don't know. */
export interface Open {
  [field: string]: unknown;
}

/** The first few entries of a list within an object; `url` has all. */
export type Nested<Item, Key extends string = "data"> = Open & { [Field in Key]: Item[] } & {
  url?: string;
  total_count?: number;
  has_more?: boolean;
};

/** One of several alternatives, with no field of another. */
export type OneOf<Alternatives, Field extends PropertyKey = FieldOf<Alternatives>> = Alternatives extends unknown
  ? Alternatives & { [Other in Exclude<Field, keyof Alternatives>]?: never }
  : never;

/** The fields of all alternatives. */
type FieldOf<Alternatives> = Alternatives extends unknown ? keyof Alternatives : never;

/** A workspace's own attributes, described by a type or by an interface: nobody has to have them all. */
export type CustomAttributes<Attributes> = { [Name in keyof Attributes]?: Attributes[Name] | null };
