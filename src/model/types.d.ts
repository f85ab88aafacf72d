// Made from the Rust models by `npm run build -- types`.

/** A name that Intercom's API uses, or another text: later versions of the API may add names. */
export type Word<Known extends string> = Known | (string & {});

/** The fields of an object that these types do not declare: Intercom's API may add some. */
export interface Open {
  [field: string]: unknown;
}

/** A list within an object. It has the first few items; `url` has all. */
export type Nested<Item, Key extends string = "data"> = Open & { [Field in Key]: Item[] } & {
  url?: string;
  total_count?: number;
  has_more?: boolean;
};

/** Exactly one of several alternatives: fields of the others are not allowed. */
export type OneOf<Alternatives, Field extends PropertyKey = FieldOf<Alternatives>> = Alternatives extends unknown
  ? Alternatives & { [Other in Exclude<Field, keyof Alternatives>]?: never }
  : never;

/** The fields of all alternatives. */
type FieldOf<Alternatives> = Alternatives extends unknown ? keyof Alternatives : never;

/** The custom attributes of a workspace, from a type or an interface. All of them are optional. */
export type CustomAttributes<Attributes> = { [Name in keyof Attributes]?: Attributes[Name] | null };
