/** One file as the work left it, against what it was. */
export interface ChangedFile {
  /** From the root of the repository, with `/`. */
  path: string;
  /** As git has it: `100644`, `100755`, `120000` for a link, `160000` for a submodule; null where there is no file. */
  modeBefore: string | null;
  modeAfter: string | null;
  /** Undefined where there is no file, and for a submodule. */
  before?: Buffer;
  after?: Buffer;
}

/** Everything that would leave the house for one task. */
export interface Departing {
  files: readonly ChangedFile[];
  /** Of commits, the pull request and comments, under names such as `title` and `commit message`. */
  texts: Readonly<Record<string, string>>;
}

export type ObjectionKind = 'size' | 'path' | 'mode' | 'secret' | 'branch';

/** Why something stays here. It names the place, and never says what stands there. */
export interface Objection {
  kind: ObjectionKind;
  /** A path, or the name of a text. */
  where: string;
  reason: string;
}
