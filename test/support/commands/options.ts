/** Splits what follows a program into options with their values and the rest, until `--`. */
export function options(
  args: string[],
  withValue: readonly string[],
): { values: [name: string, value: string][]; rest: string[]; command: string[] } {
  const values: [string, string][] = [];
  const rest: string[] = [];
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  for (let at = 0; at < own.length; at += 1) {
    const arg = own[at] as string;
    const [name = '', value] = arg.split(/=(.*)/s);
    if (!arg.startsWith('-')) rest.push(arg);
    else if (value !== undefined) values.push([name, value]);
    else if (withValue.includes(name)) values.push([name, own[(at += 1)] ?? '']);
    else values.push([name, '']);
  }
  return { values, rest, command: end === -1 ? [] : args.slice(end + 1) };
}

export const valuesOf = (values: [string, string][], ...names: string[]): string[] =>
  values.filter(([name]) => names.includes(name)).map(([, value]) => value);
