/** Credentials by what they look like, whoever they belong to. Each is told apart by a head that nothing else has. */
const SHAPES: readonly { name: string; shape: RegExp }[] = [
  { name: 'a GitHub token', shape: /\bgh[opsur]_[A-Za-z0-9]{36,255}\b|\bgithub_pat_[A-Za-z0-9_]{22,255}\b/g },
  { name: 'an Anthropic key', shape: /\bsk-ant-[A-Za-z0-9_-]{20,200}/g },
  { name: 'an OpenAI key', shape: /\bsk-(?!ant-)(?:proj-|svcacct-)?[A-Za-z0-9_-]{32,200}/g },
  { name: 'an AWS key', shape: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g },
  { name: 'a Slack token', shape: /\bxox[abeoprs]-[A-Za-z0-9-]{10,200}/g },
  { name: 'a Google key', shape: /\bAIza[A-Za-z0-9_-]{35}\b/g },
  { name: 'a GitLab token', shape: /\bglpat-[A-Za-z0-9_-]{20,64}/g },
  { name: 'an npm token', shape: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { name: 'a Stripe key', shape: /\b[rs]k_live_[A-Za-z0-9]{16,200}/g },
  { name: 'a Clankerbot key', shape: /\bcbk_[A-Za-z0-9_-]{20,200}/g },
  { name: 'a JWT', shape: /\beyJ[A-Za-z0-9_]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{16,2000}/g },
  { name: 'a private key', shape: /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY-----/g },
];

/** What kinds of credentials a text has that were not there before. */
export function shapesIn(after: string, before = ''): string[] {
  return SHAPES.filter(({ shape }) =>
    (after.match(shape) ?? []).some((found) => !before.includes(found)),
  ).map(({ name }) => name);
}
