// What a type can be asked.

/** Fails to compile for anything but `true`. */
export type Expect<Truth extends true> = Truth;

export type IsAny<Type> = 0 extends 1 & Type ? true : false;

export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** The fields that a type names: not those that its index signature leaves open. */
export type Named<Type> = keyof {
  [Field in keyof Type as {} extends Record<Field, unknown> ? never : Field]: unknown;
};

/** The named fields that may be left out. */
export type Optional<Type> = {
  [Field in Named<Type>]-?: {} extends Pick<Type, Field> ? Field : never;
}[Named<Type>];

/** The named fields that are `any` or a list of it. */
export type AnyIn<Type> = {
  [Field in Named<Type>]-?: true extends HasAny<Type[Field]> ? Field : never;
}[Named<Type>];

type HasAny<Type> = IsAny<Type> extends true ? true : Type extends readonly (infer Item)[] ? IsAny<Item> : false;
