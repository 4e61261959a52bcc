/** C1 controls, which terminals obey, and characters that hide themselves or turn the direction of what follows. */
const INVISIBLE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A line of the log without characters that change how the others look: as JSON escapes them. */
export function visible(line: string): string {
  return line.replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
