import { type Duration, parseDuration } from '../../clock/iso-duration.js';
import { RuleMistake } from './rule-mistake.js';

const MOST_MONTHS = 1200;

/** The time from one due instant to the next, in whole units. */
export function readInterval(text: string, path: string): Duration {
  const interval = parseDuration(text);
  if (!interval || interval.ms % 1000 !== 0) {
    throw new RuleMistake(path, 'must be an ISO 8601 duration in whole units, such as PT15M, PT2H30M or P1D');
  }
  if (interval.months + interval.days + interval.ms === 0) {
    throw new RuleMistake(path, 'must be longer than nothing');
  }
  if (interval.months > MOST_MONTHS) throw new RuleMistake(path, 'must be at most a hundred years');
  return interval;
}
