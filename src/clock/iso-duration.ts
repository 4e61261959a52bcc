export interface Duration {
  months: number;
  days: number;
  ms: number;
}

const DURATION =
  /^P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9}(?:\.\d{1,3})?)S)?)?$/;

/** An ISO 8601 duration; undefined for any other text. Years, months, weeks and days are calendar units here. */
export function parseDuration(text: string): Duration | undefined {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  return {
    months: part(1) * 12 + part(2),
    days: part(3) * 7 + part(4),
    ms: Math.round((part(5) * 3600 + part(6) * 60 + part(7)) * 1000),
  };
}

/** The length of a duration of fixed units, with days of 24 hours; undefined for any other text. */
export function durationMs(text: string): number | undefined {
  const duration = parseDuration(text);
  if (!duration || duration.months > 0) return undefined;
  return duration.days * 86_400_000 + duration.ms;
}
