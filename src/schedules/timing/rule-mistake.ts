/** What is wrong with a part of a schedule, and where: `cron.minute`, `timeZone`, `at`. */
export class RuleMistake extends Error {
  constructor(
    readonly path: string,
    message: string,
  ) {
    super(message);
    this.name = 'RuleMistake';
  }
}
