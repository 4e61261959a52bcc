/** A fault that could creep into the code, and the tests that must notice it. */
export interface Mutant {
  /** In words: what the service does wrong with it. */
  fault: string;
  file: string;
  /** Stands exactly once in the file. */
  find: string;
  /** What stands there instead. */
  plant: string;
  tests: readonly string[];
  /** Only those of the tests whose names match. */
  only?: string;
  /** The embedded one where nothing is said. */
  engine?: 'postgres';
  /** Whether the tests start the built service, so that it must be built with the fault. */
  isBuilt?: boolean;
  /** Why no test can notice it, where that is so. */
  survives?: string;
}

export function occurrences(text: string, part: string): number {
  return text.split(part).length - 1;
}
