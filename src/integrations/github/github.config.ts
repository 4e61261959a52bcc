import { createPrivateKey } from 'node:crypto';
import { type ConfigOf, defineSection } from '../../config/variable.js';
import { integer, optionalInteger, secret, url } from '../../config/variables.js';

export const githubConfig = defineSection(
  'github',
  {
    GITHUB_TOKEN: secret({
      about: 'Token that the github integration acts with. Used instead of the App where both are set.',
    }),
    GITHUB_APP_ID: optionalInteger({ about: 'Id of the GitHub App that it acts as.', min: 1 }),
    GITHUB_APP_PRIVATE_KEY: secret({
      about: 'Private key of that App, as PEM; \\n may stand for the ends of its lines.',
    }),
    GITHUB_APP_INSTALLATION_ID: optionalInteger({
      about: "Installation of the App. By default the one that a call's repository has.",
      min: 1,
    }),
    GITHUB_BASE_URL: url({
      about: "Address of GitHub's REST API: https://HOST/api/v3 for GitHub Enterprise Server.",
      default: 'https://api.github.com',
    }),
    GITHUB_TIMEOUT_MS: integer({
      about: 'How long one request to GitHub may take.',
      default: 20_000,
      min: 100,
      max: 120_000,
    }),
  },
  ({ GITHUB_APP_ID: appId, GITHUB_APP_PRIVATE_KEY: key }) => {
    if (appId === undefined && key === undefined) return [];
    if (appId === undefined) return ['GITHUB_APP_PRIVATE_KEY needs GITHUB_APP_ID'];
    if (key === undefined) return ['GITHUB_APP_ID needs GITHUB_APP_PRIVATE_KEY'];
    return isPrivateKey(key) ? [] : ['GITHUB_APP_PRIVATE_KEY must be a private RSA key as PEM'];
  },
);

export type GithubConfig = ConfigOf<typeof githubConfig>;

/** A key as one line, as some stores of secrets want it, with its lines again. */
export function pemOf(key: string): string {
  return key.replaceAll('\\n', '\n');
}

function isPrivateKey(key: string): boolean {
  try {
    return createPrivateKey(pemOf(key)).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
