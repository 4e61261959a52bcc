/** What a variable's parser may answer: a value, or the sentence that says what is wrong with the text. */
export type Parsed<T> = { value: T } | { mistake: string };

/** One environment variable as its feature describes it. */
export interface Variable<T> {
  readonly kind: string;
  readonly about: string;
  readonly defaultText: string | undefined;
  readonly isSecret: boolean;
  /** Names that guides have for it, read where its own is not set; two that differ are a mistake. */
  readonly otherNames?: readonly string[];
  /** The part of a secret list's entry that is secret by itself, where not all of it is. */
  readonly secretPart?: ((entry: string) => string) | undefined;
  readonly parse: (text: string) => Parsed<T>;
  /** The value when the variable is not set. */
  readonly fallback: T;
}

export type Variables = Record<string, Variable<unknown>>;
export type ValuesOf<V extends Variables> = {
  readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never;
};

/** A feature's variables under one injection token. */
export interface ConfigSection<V extends Variables = Variables> {
  readonly name: string;
  readonly token: symbol;
  readonly variables: V;
  /** Rules that need more than one value, also of sections that stand before this one; each sentence is a mistake. */
  check(values: ValuesOf<V>, of: ValuesBefore): string[];
}

/** The values of a section that stands before this one in app.config.ts. */
export type ValuesBefore = <S extends ConfigSection>(section: S) => ConfigOf<S>;

export type ConfigOf<S> = S extends ConfigSection<infer V> ? ValuesOf<V> : never;

export function defineSection<V extends Variables>(
  name: string,
  variables: V,
  check: ConfigSection<V>['check'] = () => [],
): ConfigSection<V> {
  return { name, token: Symbol(`config:${name}`), variables, check };
}
