const LONGEST = 200;

/** A text of the caller's own, such as an unknown key, as far as an answer repeats it. */
export function quoted(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).toWellFormed()}…`;
}
