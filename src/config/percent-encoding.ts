/** Undefined where a % does not begin two hexadecimal digits, or these are no text. */
export function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
