const TAKING = [
  /\bdrop\s+(?!not\s+null)/,
  /\brename\b/,
  /\balter\s+column\s+\S+\s+(set\s+data\s+)?type\b/,
  /\bset\s+not\s+null\b/,
  /\badd\s+(constraint|check|unique|primary|foreign|exclude)\b/,
  /\bcreate\s+unique\s+index\b/,
  /^\s*(delete|truncate)\b/,
];

/** The statements that code which does not know them cannot go on beside: what it reads is gone, or what it writes is refused. */
export function takesAway(statements: readonly string[]): string[] {
  const made = new Set(statements.flatMap((text) => /^create table (\S+)/.exec(plain(text))?.[1] ?? []));
  return statements.filter((statement) => {
    const text = plain(statement);
    const table = /\b(?:alter table|drop table|on|from|truncate)\s+(\S+)/.exec(text)?.[1] ?? '';
    if (made.has(table)) return false;
    return TAKING.some((pattern) => pattern.test(text)) || addsWhatMustBeGiven(text);
  });
}

/** A column that old code does not fill in, and that has no value of its own. */
function addsWhatMustBeGiven(text: string): boolean {
  const columns = text.startsWith('alter table') ? text.split(/\badd\s+(?:column\s+)?/).slice(1) : [];
  return columns.some((column) => /\bnot null\b/.test(column) && !/\bdefault\b/.test(column));
}

/** Lower case, without quoted names' quotes and without what stands in texts. */
const plain = (statement: string): string =>
  statement
    .trim()
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .replaceAll('"', '')
    .replaceAll(/\s+/g, ' ')
    .toLowerCase();
