import { getMetadataStorage } from 'class-validator';

/** Where @nestjs/swagger keeps what its decorators have said of a property. */
const PROPERTY = 'swagger/apiModelProperties';

interface Rule {
  target: unknown;
  propertyName: string;
  name?: string;
  constraints?: readonly unknown[];
  each: boolean;
}

type Constraints = Record<string, unknown>;

/** The rules of class-validator that JSON Schema has a word for. */
const WORDS: Readonly<Record<string, (first: unknown, second: unknown) => Constraints>> = {
  isInt: () => ({ type: 'integer' }),
  min: (least) => ({ minimum: least }),
  max: (most) => ({ maximum: most }),
  minLength: (least) => ({ minLength: least }),
  maxLength: (most) => ({ maxLength: most }),
  isLength: (least, most) => ({ minLength: least, ...(most === undefined ? {} : { maxLength: most }) }),
  isNotEmpty: () => ({ minLength: 1 }),
  arrayNotEmpty: () => ({ minItems: 1 }),
  arrayMinSize: (least) => ({ minItems: least }),
  arrayMaxSize: (most) => ({ maxItems: most }),
  isInstant: () => ({ format: 'date-time' }),
  isEdge: () => ({ pattern: String.raw`^\d{4}-\d{2}-\d{2}` }),
  matches: (pattern) =>
    pattern instanceof RegExp && pattern.flags === '' ? { pattern: pattern.source } : {},
};

/**
 * Says in the OpenAPI document what the validation asks of each field, so that nobody has to write it twice and the two
 * cannot differ. What a decorator of the document says itself counts, but for the type of whole numbers.
 */
export function describeConstraints(): void {
  const { validationMetadatas } = getMetadataStorage() as unknown as {
    validationMetadatas: ReadonlyMap<unknown, readonly Rule[]>;
  };
  for (const rules of validationMetadatas.values()) for (const rule of rules) describe(rule);
}

function describe({ target, propertyName, name = '', constraints = [], each }: Rule): void {
  const word = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
  if (word === undefined || each || typeof target !== 'function') return;
  const prototype = target.prototype as object;
  const said = Reflect.getOwnMetadata(PROPERTY, prototype, propertyName) as Constraints | undefined;
  if (said === undefined) return;
  const { type, ...more } = word(constraints[0], constraints[1]);
  const whole = { ...more, ...said, ...(type === undefined ? {} : { type }) };
  Reflect.defineMetadata(PROPERTY, whole, prototype, propertyName);
}
