import { Injectable } from '@nestjs/common';
import type { Integration, Operation } from '../../integrations/integration.js';
import { IntegrationRegistry } from '../../integrations/integration-registry.js';
import { type Permission, permissionOf } from './model-operations.js';
import { meaningsOf, wordsOf } from './operation-words.js';

export interface Candidate {
  integration: Integration;
  operation: Operation;
}

/** One that may come of a model. */
export interface PermittedCandidate extends Candidate {
  permission: Permission;
}

interface Entry extends PermittedCandidate {
  /** How much each of its words says for it. */
  weights: ReadonlyMap<string, number>;
}

const MOST = 12;
const MOST_WITHOUT_HINT = 30;
const NAME_WEIGHT = 3;
const INTEGRATION_WEIGHT = 2;
const TAG_WEIGHT = 1.5;
const SUMMARY_WEIGHT = 1;
/** Our own names are kept few and plain; the vendor's hundred others come second where both fit. */
const PLAIN_NAME_BONUS = 1.2;

/** The few operations that a text can mean, of those that a model may ask for; it is never sent any other. */
@Injectable()
export class OperationCandidates {
  #index: { entries: readonly Entry[]; rarity: ReadonlyMap<string, number> } | undefined;

  constructor(private readonly registry: IntegrationRegistry) {}

  /** The likeliest first. Where no word of the text is known, the plainly named ones. */
  forText(text: string): readonly PermittedCandidate[] {
    const { entries, rarity } = (this.#index ??= buildIndex(this.registry.integrations));
    const words = meaningsOf(text);
    const scored = entries
      .map((entry) => ({ entry, score: scoreOf(entry, words, rarity) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score);
    if (scored.length > 0) return scored.slice(0, MOST).map(({ entry }) => entry);
    return entries.filter(({ operation }) => isPlainlyNamed(operation)).slice(0, MOST_WITHOUT_HINT);
  }
}

function scoreOf(
  { weights, operation }: Entry,
  words: ReadonlySet<string>,
  rarity: ReadonlyMap<string, number>,
): number {
  let score = 0;
  for (const word of words) score += (weights.get(word) ?? 0) * (rarity.get(word) ?? 0);
  return isPlainlyNamed(operation) ? score * PLAIN_NAME_BONUS : score;
}

function isPlainlyNamed({ name }: Operation): boolean {
  return name === name.toLowerCase();
}

function buildIndex(integrations: readonly Integration[]): {
  entries: readonly Entry[];
  rarity: ReadonlyMap<string, number>;
} {
  const entries = integrations.flatMap((integration) =>
    integration.operations().flatMap((operation) => {
      const permission = permissionOf({ integration, operation });
      return permission
        ? [{ integration, operation, permission, weights: weightsOf(integration, operation) }]
        : [];
    }),
  );
  const counts = new Map<string, number>();
  for (const { weights } of entries) {
    for (const word of weights.keys()) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const rarity = new Map([...counts].map(([word, count]) => [word, Math.log(1 + entries.length / count)]));
  return { entries, rarity };
}

function weightsOf(integration: Integration, operation: Operation): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  const add = (text: string, weight: number): void => {
    for (const word of wordsOf(text)) weights.set(word, Math.max(weight, weights.get(word) ?? 0));
  };
  add(operation.summary, SUMMARY_WEIGHT);
  add(operation.tags.join(' '), TAG_WEIGHT);
  add(integration.name, INTEGRATION_WEIGHT);
  add(operation.name, NAME_WEIGHT);
  return weights;
}
