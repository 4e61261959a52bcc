import { loadConfig } from '../config/load-config.js';
import { httpConfig } from './http.config.js';

const originsIn = (text: string): readonly string[] =>
  loadConfig([httpConfig], { CORS_ORIGINS: text }).get(httpConfig).CORS_ORIGINS;

describe('CORS_ORIGINS', () => {
  it.each([
    '*',
    'https://app.example.com',
    'http://localhost:3000',
    'http://[::1]:3000',
    'chrome-extension://abcdef',
    'capacitor://localhost',
  ])('takes %s', (origin) => {
    expect(originsIn(origin)).toEqual([origin]);
  });

  it.each([
    'localhost:3000',
    'https://app.example.com/',
    'https://App.example.com',
    'https://app.example.com:443',
    'https://*.example.com',
    'null',
    'foo',
  ])('lists %s, which no browser sends', (origin) => {
    expect(() => originsIn(`https://good.example,${origin}`)).toThrow(
      /CORS_ORIGINS entry 2 must be \* or an origin/,
    );
  });
});
