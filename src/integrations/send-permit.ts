/**
 * Whether a write may still be sent: only while nobody else can have taken its run for cut off. Asked at the last moment
 * before its bytes leave, because a process may stand still, or be cut off from the database, anywhere before that.
 */
export interface SendPermit {
  /** Known at once, by this process's monotonic clock. */
  readonly isHeld: boolean;
  /** Asks for it anew. Rejects with an AppError, under which nothing was sent, where it is gone or cannot be had. */
  renew(): Promise<void>;
}

/** Before each attempt, so that a pause that outlasted the permit is made good where that can be. */
export async function holdPermit({ permit }: { permit?: SendPermit | undefined }): Promise<void> {
  if (permit && !permit.isHeld) await permit.renew();
}
