/** Why a backup was not taken or not restored, in words for whoever ran the command. */
export class BackupError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = new.target.name;
  }
}
