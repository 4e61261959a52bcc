import type { GithubOperation } from './github-operation.js';
import { ISSUE_OPERATIONS } from './issue-operations.js';
import { PULL_REQUEST_OPERATIONS } from './pull-request-operations.js';
import { REPOSITORY_OPERATIONS } from './repository-operations.js';

/** In a stable order: issues first, then pull requests, then the repository itself. */
export const GITHUB_OPERATIONS: readonly GithubOperation[] = [
  ...ISSUE_OPERATIONS,
  ...PULL_REQUEST_OPERATIONS,
  ...REPOSITORY_OPERATIONS,
];
