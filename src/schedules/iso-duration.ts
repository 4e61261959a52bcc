import { RuleMistake } from './rule-mistake.js';

export interface Duration {
  months: number;
  days: number;
  ms: number;
}

const DURATION =
  /^P(?=.)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/;

/** An ISO 8601 duration in whole units. Years, months, weeks and days are calendar units, not multiples of 24 hours. */
export function parseDuration(text: string, path: string): Duration {
  const match = DURATION.exec(text);
  if (!match) {
    throw new RuleMistake(path, 'must be an ISO 8601 duration in whole units, such as PT15M, PT2H30M or P1D');
  }
  const [years, months, weeks, days, hours, minutes, seconds] = match
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const duration = {
    months: years * 12 + months,
    days: weeks * 7 + days,
    ms: (hours * 3600 + minutes * 60 + seconds) * 1000,
  };
  if (duration.months + duration.days + duration.ms === 0) {
    throw new RuleMistake(path, 'must be longer than nothing');
  }
  if (duration.months > 1200) throw new RuleMistake(path, 'must be at most a hundred years');
  return duration;
}
