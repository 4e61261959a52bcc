/** One thing that is wrong with what was sent, and where: `steps[1].params.channel`. The path of the whole is empty. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}
