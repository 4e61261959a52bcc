/** Shows a secret to the operator, once. Never the logger, which hides secrets and may send lines elsewhere. */
export type KeyNotice = (text: string) => void;

export const KEY_NOTICE = Symbol('KEY_NOTICE');

export const printKeyNotice: KeyNotice = (text) => void process.stderr.write(`${text}\n`);
