import { Injectable } from '@nestjs/common';
import { newId } from '../../clock/new-id.js';
import { GithubIntegration } from '../../integrations/github/github.integration.js';
import type { Params } from '../../integrations/integration.js';
import { IntegrationError } from '../../integrations/integration-error.js';
import { refuseInTransaction } from '../../storage/inside-transaction.js';
import type { Permission } from '../reading/who-may-ask.js';

export interface GithubUser {
  id: number;
  login: string;
  type: string;
}

export interface GithubIssue {
  number: number;
  title: string;
  body?: string | null;
  state: string;
  labels: readonly (string | { name?: string | null })[];
  pull_request?: object | null;
}

export interface GithubIssueEvent {
  id: number;
  event: string;
  created_at: string;
  actor: GithubUser | null;
  label?: { name: string | null };
  rename?: { from: string; to: string };
}

export interface GithubComment {
  user: GithubUser | null;
  body?: string | null;
  created_at: string;
  updated_at: string;
}

export interface Repository {
  owner: string;
  repo: string;
}

export function repositoryOf(fullName: string): Repository {
  const [owner = '', repo = ''] = fullName.split('/');
  return { owner, repo };
}

/** What the bot reads of GitHub before it has a task. */
@Injectable()
export class GithubReader {
  constructor(private readonly github: GithubIntegration) {}

  repository(repository: Repository): Promise<{ id: number; full_name: string }> {
    return this.#read('get_repository', { ...repository });
  }

  issuesWith(repository: Repository, label: string): Promise<readonly GithubIssue[]> {
    return this.#read('list_issues', { ...repository, labels: label, state: 'open' });
  }

  issue(repository: Repository, number: number): Promise<GithubIssue> {
    return this.#read('get_issue', { ...repository, issue_number: number });
  }

  eventsOf(repository: Repository, number: number): Promise<readonly GithubIssueEvent[]> {
    return this.#read('list_issue_events', { ...repository, issue_number: number });
  }

  commentsOf(repository: Repository, number: number): Promise<readonly GithubComment[]> {
    return this.#read('list_issue_comments', { ...repository, issue_number: number });
  }

  /** Null where GitHub knows no such person there. */
  async permissionOf(repository: Repository, login: string): Promise<Permission | null> {
    try {
      return await this.#read<Permission>('get_permission', { ...repository, username: login });
    } catch (error) {
      if (error instanceof IntegrationError && error.code === 'not_found') return null;
      throw error;
    }
  }

  /** What GitHub's own document says about an operation is what comes: the fake of the tests is held to it. */
  async #read<T>(name: string, params: Params): Promise<T> {
    refuseInTransaction('GitHub');
    const operation = this.github.find(name);
    if (!operation) throw new Error(`github has no operation ${name}`);
    const context = { requestId: newId(), priority: 'background' } as const;
    return (await this.github.execute(operation, params, context)) as T;
  }
}
