import { instantMs } from './instant.js';

describe('an instant', () => {
  it.each([
    ['2027-01-31T08:00:00Z', '2027-01-31T08:00:00.000Z'],
    ['2027-01-31T08:00Z', '2027-01-31T08:00:00.000Z'],
    ['2027-01-31T08:00:00.25+02:00', '2027-01-31T06:00:00.250Z'],
    ['2028-02-29T23:30-0100', '2028-03-01T00:30:00.000Z'],
  ])('is %s', (text, expected) => {
    expect(new Date(instantMs(text) ?? NaN).toISOString()).toBe(expected);
  });

  it.each([
    'Room 5',
    'soon 1',
    '5',
    '',
    '2027-01-31',
    '2027-01-31T08:00:00',
    '2027-01-31 08:00:00Z',
    '31.01.2027 08:00 Z',
    '2027-02-30T08:00:00Z',
    '2027-13-01T08:00:00Z',
    '2027-01-31T25:00:00Z',
    '2027-01-31T08:00:00+99:99',
  ])('is not %j', (text) => {
    expect(instantMs(text)).toBeUndefined();
  });
});
