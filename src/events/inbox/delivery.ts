/** What makes two deliveries the same event. */
export type RepeatKey =
  /** The sender's own id of the event: recognised within its workspace, for as long as the event is kept. */
  | { kind: 'id'; id: string }
  /**
   * What its sender signed: recognised for as long as events are kept, under whichever id it comes. `id` is only shown,
   * unless its sender gives each body an id of its own (`isIdUnique`): then another body under it is refused.
   */
  | { kind: 'signed'; digest: string; id?: string | undefined; isIdUnique?: true }
  /** The same word about the same thing, as the last one said about it, within a window. `about` is the thing. */
  | {
      kind: 'content';
      about: readonly (string | null)[];
      said: readonly (string | null)[];
      /** For how long what was signed may be sent again, where that is longer than the window. */
      atLeastSeconds?: number | undefined;
    };

/** One thing that arrived, proved and parsed, ready to be stored. */
export interface Delivery {
  source: string;
  type: string;
  isTypeInferred: boolean;
  workspaceId: string | null;
  userId: string | null;
  subjectId: string | null;
  payload: unknown;
  /** Without secrets. */
  headers: Readonly<Record<string, string>>;
  /** What had to be changed in the payload before the database could store it. */
  changes: readonly string[];
  repeatKey: RepeatKey;
  requestId: string;
}

export interface Receipt {
  /** Of the first delivery of this event, also when this one repeats it. */
  eventId: string;
  isDuplicate: boolean;
}
