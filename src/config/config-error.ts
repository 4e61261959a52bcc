/** The configuration cannot be used; carries every mistake, so that one start shows them all. */
export class ConfigError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(
      [
        `The configuration has ${mistakes.length} mistake${mistakes.length === 1 ? '' : 's'}:`,
        ...mistakes.map((m) => `  - ${m}`),
      ].join('\n'),
    );
    this.name = 'ConfigError';
  }
}
